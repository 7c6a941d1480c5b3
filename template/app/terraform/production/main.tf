# Production of this app: an account of its own, in which nothing is shared. The app's part is the
# same module as in dev and staging; what they share is here its own.
locals {
  manifest = yamldecode(file("${path.module}/../../app.yaml"))
  answers  = "${path.module}/../../.copier-answers.yml"
  app      = local.manifest.app
  name     = "${local.app}-prod"

  functions     = try(local.manifest.functions, {})
  has_functions = length(local.functions) > 0
  has_api       = anytrue([for each in values(local.functions) : each.trigger == "http_api"])
  has_login     = try(local.manifest.login, null) != null
  has_site      = try(local.manifest.static_site, null) != null
  all_secrets   = local.has_functions ? concat(try(local.manifest.secrets.shared, []), try(local.manifest.secrets.app, [])) : []
  secrets = [
    for name in local.all_secrets : name
    if contains(try(local.manifest.environments.prod.secret_stores[name], ["secrets_manager"]), "secrets_manager")
  ]

  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = local.manifest.region
  version    = try(yamldecode(file(local.answers))._commit, "unknown")

  tags = {
    app              = local.app
    environment      = "prod"
    owner            = local.manifest.owner
    template_version = local.version
  }

  # What is left out on an emulator (MiniStack 1.5.33), each with its reason.
  on_aws = {
    auto_scaling         = !var.emulated # it has no application auto scaling
    bucket_lifecycle     = !var.emulated # nothing lives long enough there to expire
    secret_recovery_days = var.emulated ? 0 : 30
  }
}

provider "aws" {
  region = local.region
}

data "aws_caller_identity" "current" {
  lifecycle {
    postcondition {
      condition     = self.account_id != var.shared_account
      error_message = "This is account ${self.account_id}, which dev and staging share. Expected an account of its own for prod: log in to that one."
    }
  }
}

data "aws_partition" "current" {}

module "login" {
  source = "../app/login"
  count  = local.has_login ? 1 : 0

  name         = local.name
  user_pool_id = aws_cognito_user_pool.own[0].id
}

module "app" {
  source = "../app"

  manifest         = local.manifest
  environment      = "prod"
  own_secrets      = true
  login_client_id  = one(module.login[*].client_id)
  package          = local.has_functions ? var.package : null
  site             = "${path.module}/../../site"
  architecture     = var.architecture
  template_version = local.version

  shared = {
    api-execution-arn        = local.has_api ? aws_apigatewayv2_api.own[0].execution_arn : ""
    api-id                   = local.has_api ? aws_apigatewayv2_api.own[0].id : ""
    api-url                  = local.api_url
    authorizer-id            = local.has_login ? aws_apigatewayv2_authorizer.login[0].id : ""
    bucket                   = aws_s3_bucket.own.id
    log-retention-days       = tostring(var.profile.log_retention_days)
    permissions-boundary-arn = aws_iam_policy.boundary.arn
    site-url                 = local.has_site ? "https://${aws_cloudfront_distribution.site[0].domain_name}" : ""
    table-arn                = local.has_functions ? aws_dynamodb_table.own[0].arn : ""
    table-name               = local.has_functions ? aws_dynamodb_table.own[0].name : ""
  }
}
