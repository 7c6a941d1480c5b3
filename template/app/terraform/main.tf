# Everything comes from ../app.yaml: change it there.
locals {
  manifest = yamldecode(file("${path.module}/../app.yaml"))
  answers  = "${path.module}/../.copier-answers.yml"
  shared = {
    for name, value in zipmap(
      data.aws_ssm_parameters_by_path.shared.names,
      nonsensitive(data.aws_ssm_parameters_by_path.shared.values) # Strings, not secrets
    ) : trimprefix(name, "/shared/${var.environment}/") => value
  }
}

provider "aws" {
  region = local.manifest.region
}

data "aws_ssm_parameters_by_path" "shared" {
  path = "/shared/${var.environment}"

  lifecycle {
    postcondition {
      condition     = length(self.names) > 0
      error_message = "Nothing is published at /shared/${var.environment}/ in this account and region. Apply the shared infrastructure there first."
    }
  }
}

module "login" {
  source = "./app/login"
  count  = try(local.manifest.login, null) == null ? 0 : 1

  name         = "${local.manifest.app}-${var.environment}"
  user_pool_id = local.shared["user-pool-id"]
}

module "app" {
  source = "./app"

  manifest         = local.manifest
  environment      = var.environment
  shared           = local.shared
  login_client_id  = one(module.login[*].client_id)
  package          = try(length(local.manifest.functions), 0) > 0 ? var.package : null
  site             = "${path.module}/../site"
  architecture     = var.architecture
  template_version = try(yamldecode(file(local.answers))._commit, "unknown")
}
