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

# In topology stack each app makes its own client, called <app>-<environment>: its tokens pass from
# the next apply of this on, at the API that the app's record says. Of others, at number 1.
data "aws_cognito_user_pool_clients" "apps" {
  count = local.fleet.topology == "stack" ? 1 : 0

  user_pool_id = aws_cognito_user_pool.shared.id
}

locals {
  login_apps = {
    for number in local.apis : number => [
      for app, record in local.here : app if try(record.manifest.login, null) != null && local.api_of[app] == number
    ]
  }
  api_of_client = { for app, number in local.api_of : "${app}-${var.environment}" => number }
  audience = {
    for number in local.apis : number => sort(distinct(concat(
      [aws_cognito_user_pool_client.nobody.id],
      flatten([
        for found in data.aws_cognito_user_pool_clients.apps : [
          for client, name in zipmap(found.client_ids, found.client_names) : client
          if lookup(local.api_of_client, name, "1") == number
        ]
      ]),
      [for app, login in module.login : login.client_id if local.api_of[app] == number],
    )))
  }
}
