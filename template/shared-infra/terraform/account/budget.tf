locals {
  email  = local.fleet.budget.alert_email
  alerts = { "50" = "ACTUAL", "80" = "ACTUAL", "100" = "ACTUAL", "100 forecast" = "FORECASTED" }
}

resource "aws_budgets_budget" "account" {
  name         = "${local.fleet.prefix}-account"
  budget_type  = "COST"
  limit_amount = tostring(local.fleet.budget.monthly_usd)
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
