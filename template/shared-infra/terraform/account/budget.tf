locals {
  email = local.fleet.budget.alert_email
  alerts = {
    "50"           = "ACTUAL"
    "80"           = "ACTUAL"
    "95"           = "ACTUAL"
    "100"          = "ACTUAL"
    "100 forecast" = "FORECASTED"
  }

  # The account's budget, and one for each app that fleet.yaml has under budget.apps: by the tag
  # `app`, so once the tags are active. The guard knows by the name what a message is about.
  budgets = merge(
    { account = { usd = local.fleet.budget.monthly_usd, app = "" } },
    { for app, usd in try(local.fleet.budget.apps, {}) : "app-${app}" => { usd = usd, app = app } },
  )
}

moved {
  from = aws_budgets_budget.account
  to   = aws_budgets_budget.account["account"]
}

resource "aws_budgets_budget" "account" {
  for_each = local.budgets

  name         = "${local.fleet.prefix}-${each.key}"
  budget_type  = "COST"
  limit_amount = tostring(each.value.usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  tags         = local.tags

  dynamic "cost_filter" {
    for_each = each.value.app == "" ? [] : [each.value.app]
    content {
      name   = "TagKeyValue"
      values = [format("user:app%s%s", "$", cost_filter.value)]
    }
  }

  dynamic "notification" {
    for_each = local.alerts
    content {
      comparison_operator        = "GREATER_THAN"
      threshold                  = tonumber(split(" ", notification.key)[0])
      threshold_type             = "PERCENTAGE"
      notification_type          = notification.value
      subscriber_email_addresses = local.email == "" ? [] : [local.email]
      subscriber_sns_topic_arns  = [aws_sns_topic.signals.arn]
    }
  }

  depends_on = [aws_sns_topic_policy.signals]
}

check "somebody_is_told" {
  assert {
    condition     = local.email != "" || var.emulated
    error_message = "fleet.yaml: budget.alert_email is empty, so nobody is told when the budget is used up."
  }
}

resource "aws_ce_cost_allocation_tag" "tag" {
  for_each = local.on_aws.cost_explorer && var.activate_cost_tags ? toset(["app", "environment", "owner"]) : []

  tag_key = each.key
  status  = "Active"
}

resource "aws_ce_anomaly_monitor" "services" {
  count = local.on_aws.cost_explorer && var.anomaly_monitor_arn == "" ? 1 : 0

  name              = "${local.fleet.prefix}-services"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
  tags              = local.tags
}

resource "aws_ce_anomaly_subscription" "email" {
  count = local.on_aws.cost_explorer && local.email != "" ? 1 : 0

  name             = "${local.fleet.prefix}-anomalies"
  frequency        = "DAILY"
  monitor_arn_list = [var.anomaly_monitor_arn == "" ? aws_ce_anomaly_monitor.services[0].arn : var.anomaly_monitor_arn]
  tags             = local.tags

  subscriber {
    type    = "EMAIL"
    address = local.email
  }

  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = [tostring(max(1, floor(local.fleet.budget.monthly_usd / 10)))]
    }
  }
}
