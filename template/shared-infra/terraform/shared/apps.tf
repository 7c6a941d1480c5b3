# Topology monorepo: this one apply makes every registered app, from the manifests in apps/.
locals {
  # By `if`: a conditional would want all manifests to have the same sections.
  made_here = { for app, record in local.here : app => record if local.fleet.topology == "monorepo" }
}

module "app" {
  source   = "./modules/app"
  for_each = local.made_here

  manifest         = each.value.manifest
  environment      = var.environment
  shared           = merge(local.published, local.published_of_api[local.api_of[each.key]])
  login_client_id  = try(module.login[each.key].client_id, null)
  first_code       = aws_s3_object.placeholder[each.key].key
  template_version = try(each.value.template.version, "unknown")
}

module "login" {
  source   = "./modules/app/login"
  for_each = toset([for app in flatten(values(local.login_apps)) : app if contains(keys(local.made_here), app)])

  name         = "${each.key}-${var.environment}"
  user_pool_id = aws_cognito_user_pool.shared.id
}

# What a new app's functions run until its own repo has deployed its code: it says so.
resource "aws_s3_object" "placeholder" {
  for_each = local.made_here

  bucket         = aws_s3_bucket.shared.id
  key            = "artifacts/${each.key}/${var.environment}.zip"
  content_base64 = filebase64("${path.module}/placeholder.zip")
  tags           = merge(local.tags, { app = each.key, owner = each.value.manifest.owner })

  lifecycle {
    ignore_changes = [content_base64, tags, tags_all] # the app's repo puts its code here
  }
}
