output "url" {
  description = "Where the app answers; null if it has no HTTP API."
  value       = local.http_function == null ? null : "${var.shared["api-url"]}/${local.app}"
}

output "health_url" {
  description = "What answers without a token as soon as the app runs; null if it has no HTTP API."
  value       = local.http_function == null ? null : "${var.shared["api-url"]}/${local.app}/health"
}

output "site_url" {
  description = "Where the static site is; null if it has none."
  value       = local.has_site ? "${var.shared["site-url"]}/${local.app}/" : null
}

output "queue_urls" {
  description = "Where messages go, by the name of the function that handles them."
  value       = { for name, queue in aws_sqs_queue.messages : name => queue.url }
}

output "login_client_id" {
  description = "The app's client of the shared user pool; null without login."
  value       = var.login_client_id
}

output "function_names" {
  description = "The functions as Lambda names them, by their names in the manifest."
  value       = { for name, function in aws_lambda_function.function : name => function.function_name }
}
