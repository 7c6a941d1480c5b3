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
  description = "The app's client of the shared user pool; null without login."
  value       = module.app.login_client_id
}
