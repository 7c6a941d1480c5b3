# The brake's signals. Budgets are exact but 8 to 12 hours late; alarms are quick but only guess. Both
# tell one topic, which the guard of each environment listens to (terraform/shared/guard.tf).
resource "aws_sns_topic" "signals" {
  name = "${local.fleet.prefix}-guard-signals"
  tags = local.tags
}

resource "aws_sns_topic_policy" "signals" {
  arn = aws_sns_topic.signals.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "BudgetsAndAlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"] }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.signals.arn
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

# What people are told: alarms, and what a guard did. Budgets write to them directly.
resource "aws_sns_topic" "news" {
  name = "${local.fleet.prefix}-guard-news"
  tags = local.tags
}

resource "aws_sns_topic_policy" "news" {
  arn = aws_sns_topic.news.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.news.arn
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "email" {
  count = local.email == "" ? 0 : 1

  topic_arn = aws_sns_topic.news.arn
  protocol  = "email"
  endpoint  = local.email
}

locals {
  # An alarm goes off at the pace at which the month's whole budget would be gone in three days: ten
  # times the even pace. 72 hours have 864 times five minutes.
  usd_in_5_minutes = local.fleet.budget.monthly_usd / 864
}

resource "aws_cloudwatch_metric_alarm" "invocations" {
  alarm_name          = "${local.fleet.prefix}-guard-invocations"
  alarm_description   = "All functions of the region run so often that the month's budget would be gone in three days"
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = max(1, floor(local.usd_in_5_minutes / var.usd_per_million_invocations * 1000000))
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.signals.arn, aws_sns_topic.news.arn]
  tags                = local.tags
}
