# One API for all apps: each has routes under its name. Where `apis` of fleet.yaml says that there
# are several, `api` of an app.yaml says on which the app is. Number 1 is the first.
locals {
  apis     = [for number in range(1, try(local.fleet.apis, 1) + 1) : tostring(number)]
  api_of   = { for app, record in local.here : app => tostring(try(record.manifest.api, 1)) }
  homeless = [for app, number in local.api_of : "${app} (api: ${number})" if !contains(local.apis, number)]
}

resource "aws_apigatewayv2_api" "shared" {
  for_each = toset(local.apis)

  name          = each.key == "1" ? local.prefix : "${local.prefix}-${each.key}"
  description   = each.key == "1" ? "The one HTTP API of all apps in ${var.environment}" : "HTTP API ${each.key} of the apps in ${var.environment}"
  protocol_type = "HTTP"
  tags          = local.tags

  cors_configuration {
    allow_origins = var.allowed_origins
    allow_methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    allow_headers = ["authorization", "content-type"]
    max_age       = 3600
  }

  lifecycle {
    precondition {
      condition     = each.key != "1" || length(local.homeless) == 0
      error_message = "fleet.yaml has `apis: ${length(local.apis)}`, and these apps are on another: ${join(", ", local.homeless)}. Expected `apis` to be as high as the highest `api`."
    }
  }
}

resource "aws_apigatewayv2_stage" "default" {
  for_each = aws_apigatewayv2_api.shared

  api_id      = each.value.id
  name        = "$default"
  description = "No stage in the address; routes are live at once"
  auto_deploy = true
  tags        = local.tags

  default_route_settings {
    throttling_rate_limit  = var.requests_per_second
    throttling_burst_limit = var.burst_requests
  }

  lifecycle {
    # The guard shuts routes of an app here, where Lambda refuses to stop its functions.
    ignore_changes = [route_settings]
  }
}

resource "aws_apigatewayv2_authorizer" "login" {
  for_each = aws_apigatewayv2_api.shared

  api_id           = each.value.id
  name             = "login"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://cognito-idp.${local.region}.amazonaws.com/${aws_cognito_user_pool.shared.id}"
    audience = local.audience[each.key]
  }

  lifecycle {
    ignore_changes = [authorizer_payload_format_version] # not of JWT, but MiniStack gives one

    precondition {
      condition     = length(local.login_apps[each.key]) < 50
      error_message = "${length(local.login_apps[each.key])} apps have login on API ${each.key}. Expected at most 49: an authorizer knows 50 clients (AWS, hard)."
    }
  }
}

# Before there could be several, there was one: it stays as it is, and so do the apps on it.
moved {
  from = aws_apigatewayv2_api.shared
  to   = aws_apigatewayv2_api.shared["1"]
}

moved {
  from = aws_apigatewayv2_stage.default
  to   = aws_apigatewayv2_stage.default["1"]
}

moved {
  from = aws_apigatewayv2_authorizer.login
  to   = aws_apigatewayv2_authorizer.login["1"]
}
