data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  app  = var.manifest.app
  name = "${local.app}-${var.environment}"

  functions = try(var.manifest.functions, {})
  of_trigger = {
    for trigger in ["http_api", "schedule", "queue"] : trigger => {
      for name, function in local.functions : name => function if function.trigger == trigger
    }
  }
  http_function = one(keys(local.of_trigger.http_api))

  shared_secrets = try(var.manifest.secrets.shared, [])
  app_secrets    = try(var.manifest.secrets.app, [])
  parameters     = try(var.manifest.parameters, [])
  secret_names = (
    var.own_secrets
    ? [for name in concat(local.shared_secrets, local.app_secrets) : "${local.app}/${var.environment}/${name}"]
    : [for name in local.shared_secrets : "shared/${var.environment}/${name}"]
  )
  has_functions = length(local.functions) > 0
  has_login     = try(var.manifest.login, null) != null
  has_ai        = try(var.manifest.ai, null) != null
  has_site      = try(var.manifest.static_site, null) != null

  tags = {
    app              = local.app
    environment      = var.environment
    owner            = var.manifest.owner
    template_version = var.template_version
  }
}
