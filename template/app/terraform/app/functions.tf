# Before the function: Lambda would make a group that keeps logs for ever.
resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/${local.name}-${each.key}"
  retention_in_days = tonumber(var.shared["log-retention-days"])
  tags              = local.tags
}

resource "aws_lambda_function" "function" {
  for_each = local.functions

  function_name = "${local.name}-${each.key}"
  description   = "${each.key} of ${local.app}, set off by ${each.value.trigger}"
  role          = aws_iam_role.app[0].arn
  handler       = "functions.${each.key}.handler.handler"
  runtime       = "python3.13"
  architectures = [coalesce(var.architecture, try(each.value.architecture, null), "arm64")]
  memory_size   = each.value.memory_mb
  timeout       = each.value.timeout_s

  filename         = var.package
  source_code_hash = var.package == null ? null : filebase64sha256(var.package)
  s3_bucket        = var.package == null ? var.shared["bucket"] : null
  s3_key           = var.package == null ? var.first_code : null

  environment {
    variables = merge(
      {
        APP_NAME                = local.app
        ENVIRONMENT             = var.environment
        TABLE_NAME              = var.shared["table-name"]
        TTL_DAYS                = tostring(try(var.manifest.table.ttl_days, 30))
        POWERTOOLS_SERVICE_NAME = local.app
        LOG_LEVEL               = "INFO"
        EMERGENCY_MODE          = "false"
      },
      local.has_ai ? {
        AI_MODEL             = var.manifest.ai.model
        AI_MAX_OUTPUT_TOKENS = tostring(var.manifest.ai.max_output_tokens)
        AI_CACHE_TTL_DAYS    = tostring(try(var.manifest.ai.cache_ttl_days, 90))
      } : {},
      length(local.moved_stores) > 0 ? { SECRET_STORES = jsonencode(local.moved_stores) } : {},
      local.has_login ? { LOGIN_CLIENT_ID = var.login_client_id } : {}
    )
  }

  tags = local.tags

  lifecycle {
    # The guard sets and takes back both between two applies: what it stopped, no deploy starts.
    ignore_changes = [environment[0].variables["EMERGENCY_MODE"], reserved_concurrent_executions]
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.app]
}
