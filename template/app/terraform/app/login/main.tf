# The app's client of the shared user pool. A module of its own, because the shared authorizer must
# know the client before the app's routes can name the authorizer.
resource "aws_cognito_user_pool_client" "app" {
  name                          = var.name
  user_pool_id                  = var.user_pool_id
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  access_token_validity         = 60
  id_token_validity             = 60
  refresh_token_validity        = 30

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }
}

output "client_id" {
  description = "Whose tokens the shared authorizer lets in."
  value       = aws_cognito_user_pool_client.app.id
}
