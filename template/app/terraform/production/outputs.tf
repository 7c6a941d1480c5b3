output "url" {
  description = "Where the app answers; null if it has no HTTP API."
  value       = module.app.url
}

output "health_url" {
  description = "What answers without a token as soon as the app runs; null if it has no HTTP API."
  value       = module.app.health_url
}

output "site_url" {
  description = "Where the static site is; null if it has none."
  value       = module.app.site_url
}

output "queue_urls" {
  description = "Where messages go, by the name of the function that handles them."
  value       = module.app.queue_urls
}

output "login_client_id" {
  description = "The app's client of its own user pool; null without login."
  value       = module.app.login_client_id
}

output "domain_target" {
  description = "Where the CNAME of the app's own domain points; null without one."
  value       = one(aws_apigatewayv2_domain_name.own[*].domain_name_configuration[0].target_domain_name)
}

output "table_name" {
  description = "The app's own table, into which `tenner promote` imports its rows; null without functions."
  value       = one(aws_dynamodb_table.own[*].name)
}
