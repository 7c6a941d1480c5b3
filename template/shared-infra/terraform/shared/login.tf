# One user pool for all apps. Lite: 10,000 users a month are free, and further ones cost the least.
resource "aws_cognito_user_pool" "shared" {
  name                     = local.prefix
  user_pool_tier           = "LITE"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  deletion_protection      = var.deletion_protection ? "ACTIVE" : "INACTIVE"
  tags                     = local.tags

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 7
  }
}

# An authorizer must know one client at least, and there is a time before the first app.
# No app takes its tokens.
resource "aws_cognito_user_pool_client" "nobody" {
  name                = "nobody"
  user_pool_id        = aws_cognito_user_pool.shared.id
  explicit_auth_flows = ["ALLOW_REFRESH_TOKEN_AUTH"]
}

# In topology stack each app makes its own client: its tokens pass from the next apply of this on.
data "aws_cognito_user_pool_clients" "apps" {
  count = local.fleet.topology == "stack" ? 1 : 0

  user_pool_id = aws_cognito_user_pool.shared.id
}

locals {
  login_apps = [for app, record in local.here : app if try(record.manifest.login, null) != null]
  audience = sort(distinct(concat(
    [aws_cognito_user_pool_client.nobody.id],
    flatten(data.aws_cognito_user_pool_clients.apps[*].client_ids),
    [for login in module.login : login.client_id],
  )))
}
