# A group, because a schedule itself can't be tagged.
resource "aws_scheduler_schedule_group" "app" {
  count = length(local.of_trigger.schedule) > 0 ? 1 : 0

  name = local.name
  tags = local.tags
}

resource "aws_scheduler_schedule" "function" {
  for_each = local.of_trigger.schedule

  name                = "${local.name}-${each.key}"
  description         = "Runs ${each.key} of ${local.app}"
  group_name          = aws_scheduler_schedule_group.app[0].name
  schedule_expression = each.value.schedule

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.function[each.key].arn
    role_arn = aws_iam_role.scheduler[0].arn
    # Not jsonencode: it would write < and > as \u003c and \u003e, which the Scheduler does not know.
    input = "{\"time\": \"<aws.scheduler.scheduled-time>\"}"

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 2
    }
  }
}

resource "aws_iam_role" "scheduler" {
  count = length(local.of_trigger.schedule) > 0 ? 1 : 0

  name                 = "${local.name}-scheduler"
  description          = "Lets the Scheduler call the functions of ${local.app} that run by the clock"
  permissions_boundary = var.shared["permissions-boundary-arn"]
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  count = length(local.of_trigger.schedule) > 0 ? 1 : 0

  name = "call"
  role = aws_iam_role.scheduler[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = [for name in keys(local.of_trigger.schedule) : aws_lambda_function.function[name].arn]
    }]
  })
}
