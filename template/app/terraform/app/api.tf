# The app's part of the one shared HTTP API: one integration, two routes.
resource "aws_apigatewayv2_integration" "app" {
  count = local.http_function == null ? 0 : 1

  api_id                 = var.shared["api-id"]
  description            = local.name
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.function[local.http_function].invoke_arn
  payload_format_version = "2.0"
}

locals {
  # With login the two routes need a token. Health must answer without one, and so must a
  # preflight: ANY takes OPTIONS too, and a browser sends no token with it.
  routes = local.http_function == null ? {} : merge(
    {
      "ANY /${local.app}"          = local.has_login
      "ANY /${local.app}/{proxy+}" = local.has_login
    },
    local.has_login ? {
      "GET /${local.app}/health"       = false
      "OPTIONS /${local.app}"          = false
      "OPTIONS /${local.app}/{proxy+}" = false
    } : {}
  )
}

resource "aws_apigatewayv2_route" "app" {
  for_each = local.routes

  api_id             = var.shared["api-id"]
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.app[0].id}"
  authorization_type = each.value ? "JWT" : "NONE"
  authorizer_id      = each.value ? var.shared["authorizer-id"] : null
}

# The app's own routes and no other's: one pattern for both, such as pip*, would let in pip2's.
resource "aws_lambda_permission" "api" {
  for_each = local.http_function == null ? {} : { root = local.app, below = "${local.app}/*" }

  statement_id  = "shared-api-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function[local.http_function].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${var.shared["api-execution-arn"]}/*/*/${each.value}"
}
