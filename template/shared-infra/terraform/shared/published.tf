# What apps need to know, as free parameters. Their Terraform reads the whole path at once.
locals {
  state_bucket = "${local.fleet.prefix}-terraform-state-${local.account_id}"
  published = {
    api-execution-arn        = aws_apigatewayv2_api.shared.execution_arn
    api-id                   = aws_apigatewayv2_api.shared.id
    api-url                  = aws_apigatewayv2_api.shared.api_endpoint
    authorizer-id            = aws_apigatewayv2_authorizer.login.id
    bucket                   = aws_s3_bucket.shared.id
    log-retention-days       = tostring(var.log_retention_days)
    permissions-boundary-arn = aws_iam_policy.boundary.arn
    site-url                 = "https://${aws_cloudfront_distribution.sites.domain_name}"
    state-bucket             = local.state_bucket
    table-arn                = aws_dynamodb_table.shared.arn
    table-name               = aws_dynamodb_table.shared.name
    topology                 = local.fleet.topology
    user-pool-id             = aws_cognito_user_pool.shared.id
  }
}

resource "aws_ssm_parameter" "published" {
  for_each = local.published

  name        = "/shared/${var.environment}/${each.key}"
  description = "Published by the shared infrastructure"
  type        = "String"
  value       = each.value
  tags        = local.tags
}
