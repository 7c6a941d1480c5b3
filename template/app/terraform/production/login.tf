# Lite: 10,000 users a month are free, and further ones cost the least. Users sign in by e-mail, an
# alias here, since each keeps as its name the id that rows know it by: tenner promote --users. Only
# an administrator makes users, or somebody could take the name of another.
resource "aws_cognito_user_pool" "own" {
  count = local.has_login ? 1 : 0

  name                     = local.name
  user_pool_tier           = "LITE"
  alias_attributes         = ["email"]
  auto_verified_attributes = ["email"]
  deletion_protection      = var.profile.deletion_protection ? "ACTIVE" : "INACTIVE"
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

resource "aws_apigatewayv2_authorizer" "login" {
  count = local.has_login ? 1 : 0

  api_id           = aws_apigatewayv2_api.own[0].id
  name             = "login"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://cognito-idp.${local.region}.amazonaws.com/${aws_cognito_user_pool.own[0].id}"
    audience = [module.login[0].client_id]
  }

  lifecycle {
    ignore_changes = [authorizer_payload_format_version] # not of JWT, but MiniStack gives one
  }
}
