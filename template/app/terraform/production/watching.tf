# A budget costs nothing. Alarms ($0.10 each) and a dashboard ($3.00) are made where app.yaml asks.
locals {
  email  = var.profile.alert_email
  alerts = { "50" = "ACTUAL", "80" = "ACTUAL", "95" = "ACTUAL", "100" = "ACTUAL", "100 forecast" = "FORECASTED" }
}

resource "aws_budgets_budget" "own" {
  count = var.profile.budget_usd > 0 ? 1 : 0

  name         = local.name
  budget_type  = "COST"
  limit_amount = tostring(var.profile.budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  tags         = local.tags

  dynamic "notification" {
    for_each = local.email == "" ? {} : local.alerts
    content {
      comparison_operator        = "GREATER_THAN"
      threshold                  = tonumber(split(" ", notification.key)[0])
      threshold_type             = "PERCENTAGE"
      notification_type          = notification.value
      subscriber_email_addresses = [local.email]
    }
  }
}

check "somebody_is_told" {
  assert {
    condition     = local.email != "" || var.emulated
    error_message = "app.yaml: environments.prod.alert_email is empty, so nobody is told when the budget is used up."
  }
}

resource "aws_sns_topic" "alarms" {
  count = var.profile.alarms ? 1 : 0

  name = "${local.name}-alarms"
  tags = local.tags
}

resource "aws_sns_topic_subscription" "email" {
  count = var.profile.alarms && local.email != "" ? 1 : 0

  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = local.email
}

locals {
  queues = [for name, each in local.functions : name if each.trigger == "queue"]
  alarms = var.profile.alarms ? merge(
    {
      for name in keys(local.functions) : "${name}-errors" => {
        namespace = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = "${local.name}-${name}" }
      }
    },
    { for name in local.queues : "${name}-dead-letters" => {
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = "${local.name}-${name}-dead" }
    } },
    local.has_api ? { api-errors = {
      namespace = "AWS/ApiGateway", metric = "5xx", dimensions = { ApiId = aws_apigatewayv2_api.own[0].id }
    } } : {},
    local.has_functions ? { for side in ["Read", "Write"] : "table-refused-${lower(side)}s" => {
      namespace = "AWS/DynamoDB", metric = "${side}ThrottleEvents", dimensions = { TableName = local.name }
    } } : {},
  ) : {}
}

resource "aws_cloudwatch_metric_alarm" "own" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.metric == "ApproximateNumberOfMessagesVisible" ? "Maximum" : "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms[0].arn]
  tags                = local.tags
}

resource "aws_cloudwatch_dashboard" "own" {
  count = var.profile.dashboard && local.has_functions ? 1 : 0

  dashboard_name = local.name
  dashboard_body = jsonencode({
    widgets = [
      for row, each in [
        ["AWS/Lambda", "Invocations", "Errors", "FunctionName", [for name in keys(local.functions) : "${local.name}-${name}"]],
        ["AWS/DynamoDB", "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "TableName", [local.name]],
        ] : {
        type   = "metric"
        x      = 0
        y      = row * 6
        width  = 24
        height = 6
        properties = {
          title  = each[0]
          region = local.region
          stat   = "Sum"
          period = 300
          metrics = concat(
            [for name in each[4] : [each[0], each[1], each[3], name]],
            [for name in each[4] : [each[0], each[2], each[3], name]],
          )
        }
      }
    ]
  })
}
