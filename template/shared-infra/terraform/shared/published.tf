# What apps need to know, as free parameters. Their Terraform reads the whole path at once; that of
# an app on another API than number 1 reads apis/<number>/ too, in place of what is of number 1.
locals {
  state_bucket = "${local.fleet.prefix}-terraform-state-${local.account_id}"
  published_of_api = {
    for number, api in aws_apigatewayv2_api.shared : number => {
      api-execution-arn = api.execution_arn
      api-id            = api.id
      api-url           = api.api_endpoint
      authorizer-id     = aws_apigatewayv2_authorizer.login[number].id
    }
  }
  published = merge(local.published_of_api["1"], {
    bucket                   = aws_s3_bucket.shared.id
    log-retention-days       = tostring(var.log_retention_days)
    permissions-boundary-arn = aws_iam_policy.boundary.arn
    site-url                 = "https://${aws_cloudfront_distribution.sites.domain_name}"
    state-bucket             = local.state_bucket
    table-arn                = aws_dynamodb_table.shared.arn
    table-name               = aws_dynamodb_table.shared.name
    topology                 = local.fleet.topology
    user-pool-id             = aws_cognito_user_pool.shared.id
  })
  published_of_further_apis = merge([
    for number, values in local.published_of_api : {
      for name, value in values : "apis/${number}/${name}" => value if number != "1"
    }
  ]...)
}

resource "aws_ssm_parameter" "published" {
  for_each = merge(local.published, local.published_of_further_apis)

  name        = "/shared/${var.environment}/${each.key}"
  description = "Published by the shared infrastructure"
  type        = "String"
  value       = each.value
  tags        = local.tags
}
