# Names only. A person gives the values: aws ssm put-parameter --overwrite, or tenner secret put.
resource "aws_ssm_parameter" "setting" {
  for_each = toset(local.parameters)

  name        = "/${local.app}/${var.environment}/${each.key}"
  description = "Setting of ${local.app}; not a secret"
  type        = "String"
  value       = "not set yet"
  tags        = local.tags

  lifecycle {
    ignore_changes = [value]
  }
}

resource "aws_ssm_parameter" "secret" {
  for_each = toset(local.own_parameters)

  name             = "/${local.app}/${var.environment}/${each.key}"
  description      = "Secret of ${local.app} alone"
  type             = "SecureString"
  value_wo         = "not set yet" # write-only: no state and no plan ever holds a value
  value_wo_version = 1
  tags             = local.tags
}
