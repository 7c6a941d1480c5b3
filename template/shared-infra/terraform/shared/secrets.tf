# Names of ../../fleet.yaml, never values: those are put by `tenner secret put` or the AWS command.
locals {
  shared_stores = {
    for name in local.fleet.secrets.shared : name => try(local.fleet.secrets.stores[name], ["secrets_manager"])
  }
}

resource "aws_ssm_parameter" "shared_secret" {
  for_each = toset([for name, stores in local.shared_stores : name if contains(stores, "parameter_store")])

  # Not below /shared/<environment>/: that is what CI may read.
  name             = "/shared/secrets/${var.environment}/${each.key}"
  description      = "Shared by all apps that name it"
  type             = "SecureString"
  value_wo         = "not set yet" # write-only: no state and no plan ever holds a value
  value_wo_version = 1
  tags             = local.tags
}

resource "aws_secretsmanager_secret" "shared" {
  for_each = toset([for name, stores in local.shared_stores : name if contains(stores, "secrets_manager")])

  name                    = "shared/${var.environment}/${each.key}"
  description             = "Shared by all apps that name it; costs its price once"
  recovery_window_in_days = local.on_aws.secret_recovery_days
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_policy" "shared" {
  for_each = aws_secretsmanager_secret.shared

  secret_arn = each.value.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "NoOtherAccount"
      Effect    = "Deny"
      Principal = "*"
      Action    = "secretsmanager:*"
      Resource  = "*"
      Condition = { StringNotEquals = { "aws:PrincipalAccount" = local.account_id } }
    }]
  })
}
