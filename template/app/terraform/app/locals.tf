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
  usual_store = {
    for name in concat(local.shared_secrets, local.app_secrets) :
    name => var.own_secrets || contains(local.shared_secrets, name) ? "secrets_manager" : "parameter_store"
  }
  # Code reads a secret in the first; a second one is there while `tenner secret move` moves it.
  stores       = { for name, usual in local.usual_store : name => try(var.manifest.environments[var.environment].secret_stores[name], [usual]) }
  moved_stores = { for name, stores in local.stores : name => stores[0] if stores[0] != local.usual_store[name] }
  own_parameters = [
    for name, stores in local.stores : name
    if contains(stores, "parameter_store") && (var.own_secrets || contains(local.app_secrets, name))
  ]
  # What is shared stays readable in its old place: old code runs until the app is deployed.
  secret_names = (
    var.own_secrets
    ? [for name, stores in local.stores : "${local.app}/${var.environment}/${name}" if contains(stores, "secrets_manager")]
    : [for name in local.shared_secrets : "shared/${var.environment}/${name}"]
  )
  shared_parameters = [for name in keys(local.moved_stores) : "shared/secrets/${var.environment}/${name}" if !var.own_secrets]
  has_functions     = length(local.functions) > 0
  has_login         = try(var.manifest.login, null) != null
  has_ai            = try(var.manifest.ai, null) != null
  has_site          = try(var.manifest.static_site, null) != null

  tags = {
    app              = local.app
    environment      = var.environment
    owner            = var.manifest.owner
    template_version = var.template_version
  }
}
