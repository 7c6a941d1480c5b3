resource "aws_apigatewayv2_api" "own" {
  count = local.has_api ? 1 : 0

  name          = local.name
  description   = "The HTTP API of ${local.app} in prod"
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
  count = local.has_api ? 1 : 0

  api_id      = aws_apigatewayv2_api.own[0].id
  name        = "$default"
  description = "No stage in the address; routes are live at once"
  auto_deploy = true
  tags        = local.tags

  default_route_settings {
    throttling_rate_limit  = var.requests_per_second
    throttling_burst_limit = var.burst_requests
  }
}

# A domain of its own: its certificate must have been issued in this account and region before.
locals {
  has_domain = local.has_api && var.profile.custom_domain != ""
  api_url = (
    local.has_domain ? "https://${var.profile.custom_domain}" :
    local.has_api ? aws_apigatewayv2_api.own[0].api_endpoint : ""
  )
}

data "aws_acm_certificate" "own" {
  count = local.has_domain ? 1 : 0

  domain      = var.profile.custom_domain
  statuses    = ["ISSUED"]
  most_recent = true
}

resource "aws_apigatewayv2_domain_name" "own" {
  count = local.has_domain ? 1 : 0

  domain_name = var.profile.custom_domain
  tags        = local.tags

  domain_name_configuration {
    certificate_arn = data.aws_acm_certificate.own[0].arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "own" {
  count = local.has_domain ? 1 : 0

  api_id      = aws_apigatewayv2_api.own[0].id
  domain_name = aws_apigatewayv2_domain_name.own[0].id
  stage       = aws_apigatewayv2_stage.default[0].id
}
