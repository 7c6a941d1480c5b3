# Everything comes from ../app.yaml: change it there.
locals {
  manifest = yamldecode(file("${path.module}/../app.yaml"))
  answers  = "${path.module}/../.copier-answers.yml"
  api      = tostring(try(local.manifest.api, 1)) # on which of the shared HTTP APIs the app is
  # What is published by name; of an API other than number 1, in place of what is of number 1.
  shared = merge([
    for found in concat([data.aws_ssm_parameters_by_path.shared], data.aws_ssm_parameters_by_path.api) : {
      for name, value in zipmap(found.names, nonsensitive(found.values)) : basename(name) => value # Strings, not secrets
    }
  ]...)
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

data "aws_ssm_parameters_by_path" "api" {
  count = local.api == "1" ? 0 : 1
  path  = "/shared/${var.environment}/apis/${local.api}"

  lifecycle {
    postcondition {
      condition     = length(self.names) > 0
      error_message = "app.yaml has `api: ${local.api}`, and nothing is published at /shared/${var.environment}/apis/${local.api}/ in this account and region. Expected `apis: ${local.api}` or more in the shared repo's fleet.yaml, and then there: make deploy ENV=${var.environment}."
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
