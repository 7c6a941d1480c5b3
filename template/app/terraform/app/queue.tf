resource "aws_sqs_queue" "messages" {
  for_each = local.of_trigger.queue

  name = "${local.name}-${each.key}"
  # AWS asks for six times the function's timeout, so that no message is handled twice at once.
  visibility_timeout_seconds = 6 * each.value.timeout_s
  sqs_managed_sse_enabled    = true
  receive_wait_time_seconds  = 20
  tags                       = local.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead" {
  for_each = local.of_trigger.queue

  name                      = "${local.name}-${each.key}-dead"
  message_retention_seconds = 14 * 86400
  sqs_managed_sse_enabled   = true
  tags                      = local.tags
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = local.of_trigger.queue

  event_source_arn = aws_sqs_queue.messages[each.key].arn
  function_name    = aws_lambda_function.function[each.key].arn
  batch_size       = try(each.value.batch_size, 10)
  # Above 10 messages a batch AWS wants to be told how long it may wait for them.
  maximum_batching_window_in_seconds = try(each.value.batch_size, 10) > 10 ? 1 : 0
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = local.tags

  scaling_config {
    maximum_concurrency = 2 # the least: a flood of messages takes no other app's concurrency
  }
}
