# The brake: a function that budgets and alarms set off, and the hour. Its code is in ../../functions;
# README.md says what it does at which stage. `tenner guard` does the same by hand.
locals {
  guard  = "shared-${var.environment}-guard"
  topics = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${local.fleet.prefix}-guard"
  allow  = try(local.fleet.guard.allow, [])

  # The alarms' pace is that of terraform/account/guard.tf; below four fifths of what the table gives
  # at most, or they would never go off.
  usd_in_5_minutes = local.fleet.budget.monthly_usd / 864
  consumption = {
    reads  = { metric = "ConsumedReadCapacityUnits", usd = var.usd_per_million_reads, most = var.read_units_per_second }
    writes = { metric = "ConsumedWriteCapacityUnits", usd = var.usd_per_million_writes, most = var.write_units_per_second }
  }
}

resource "aws_cloudwatch_log_group" "guard" {
  name              = "/aws/lambda/${local.guard}"
  retention_in_days = 7
  tags              = local.tags
}

resource "aws_lambda_function" "guard" {
  function_name    = local.guard
  description      = "Engages and releases the brake on cost in ${var.environment}"
  role             = aws_iam_role.guard.arn
  handler          = "tenner.guard_handler.handler"
  runtime          = "python3.13"
  architectures    = ["arm64"]
  memory_size      = 256
  timeout          = 300
  filename         = var.guard_package
  source_code_hash = filebase64sha256(var.guard_package)
  tags             = local.tags

  environment {
    variables = {
      TABLE_NAME  = aws_dynamodb_table.shared.name
      API_IDS     = join(" ", [for api in aws_apigatewayv2_api.shared : api.id])
      PREFIX      = local.fleet.prefix
      ENVIRONMENT = var.environment
      ALLOW       = join(" ", local.allow)
      TOPIC_ARN   = "${local.topics}-news"
    }
  }

  depends_on = [aws_cloudwatch_log_group.guard, aws_iam_role_policy.guard]
}

resource "aws_iam_role" "guard" {
  name        = local.guard
  description = "What the guard of ${var.environment} may do"
  tags        = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "guard" {
  name = "guard"
  role = aws_iam_role.guard.id

  # A transaction has keys of both kinds of rows, so that nothing of the audit trail changes is up to
  # the code. Whether the ARN of a stage says $default or %24default is not documented: both pass.
  policy = jsonencode(jsondecode(templatefile("${path.module}/guard_policy.json.tftpl", {
    partition     = local.partition
    region        = local.region
    account       = local.account_id
    environment   = var.environment
    table_arn     = aws_dynamodb_table.shared.arn
    api_ids       = [for api in aws_apigatewayv2_api.shared : api.id]
    news_arn      = "${local.topics}-news"
    log_group_arn = aws_cloudwatch_log_group.guard.arn
  })))
}

# Two more tries are Lambda's own; what then is lost, a person is told.
resource "aws_lambda_function_event_invoke_config" "guard" {
  function_name                = aws_lambda_function.guard.function_name
  maximum_event_age_in_seconds = 21600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = "${local.topics}-news"
    }
  }
}

resource "aws_sns_topic_subscription" "guard" {
  topic_arn = "${local.topics}-signals"
  protocol  = "lambda"
  endpoint  = aws_lambda_function.guard.arn
}

resource "aws_lambda_permission" "signals" {
  statement_id  = "signals"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.guard.function_name
  principal     = "sns.amazonaws.com"
  source_arn    = "${local.topics}-signals"
}

# By the hour: the month may have turned, an override be over, a run have failed halfway.
resource "aws_cloudwatch_event_rule" "guard" {
  name                = local.guard
  description         = "Lets the guard look after what it engaged"
  schedule_expression = "rate(1 hour)"
  tags                = local.tags
}

resource "aws_cloudwatch_event_target" "guard" {
  rule = aws_cloudwatch_event_rule.guard.name
  arn  = aws_lambda_function.guard.arn
}

resource "aws_lambda_permission" "hourly" {
  statement_id  = "hourly"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.guard.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.guard.arn
}

# Table and index together: both are billed. Each counts as two of the ten free alarms.
resource "aws_cloudwatch_metric_alarm" "consumption" {
  for_each = { for name, each in local.consumption : name => each if local.on_aws.metric_math }

  alarm_name          = "${local.prefix}-guard-${each.key}"
  alarm_description   = "The table's ${each.key} cost so much that the month's budget would be gone in three days"
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = max(1, floor(min(local.usd_in_5_minutes / each.value.usd * 1000000, each.value.most * 300 * 0.8)))
  treat_missing_data  = "notBreaching"
  alarm_actions       = ["${local.topics}-signals", "${local.topics}-news"]
  tags                = local.tags

  metric_query {
    id          = "both"
    expression  = "FILL(table, 0) + FILL(index, 0)"
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { table = {}, index = { GlobalSecondaryIndexName = "gsi1" } }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = each.value.metric
        dimensions  = merge({ TableName = aws_dynamodb_table.shared.name }, metric_query.value)
        period      = 300
        stat        = "Sum"
      }
    }
  }
}
