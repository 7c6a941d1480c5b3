output "api_url" {
  description = "Where all apps answer, each below its name."
  value       = aws_apigatewayv2_api.shared["1"].api_endpoint
}

output "api_urls" {
  description = "Where the apps on further APIs answer, by the API's number."
  value       = { for number, api in aws_apigatewayv2_api.shared : number => api.api_endpoint if number != "1" }
}

output "site_url" {
  description = "Where all static sites are, each below its name."
  value       = "https://${aws_cloudfront_distribution.sites.domain_name}"
}

output "deploy_roles" {
  description = "The role that each registered app's CI takes."
  value       = { for app, role in aws_iam_role.deploy : app => role.arn }
}
