# One API for all apps: each has routes under its name.
resource "aws_apigatewayv2_api" "shared" {
  name          = local.prefix
  description   = "The one HTTP API of all apps in ${var.environment}"
  protocol_type = "HTTP"
  tags          = local.tags

  cors_configuration {
    allow_origins = var.allowed_origins
    allow_methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    allow_headers = ["authorization", "content-type"]
    max_age       = 3600
  }
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.shared.id
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
  api_id           = aws_apigatewayv2_api.shared.id
  name             = "login"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://cognito-idp.${local.region}.amazonaws.com/${aws_cognito_user_pool.shared.id}"
    audience = local.audience
  }

  lifecycle {
    ignore_changes = [authorizer_payload_format_version] # not of JWT, but MiniStack gives one

    precondition {
      condition     = length(local.login_apps) < 50
      error_message = "${length(local.login_apps)} apps have login. Expected at most 49: an authorizer knows 50 clients (AWS, hard)."
    }
  }
}
