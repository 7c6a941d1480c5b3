# Names of ../../fleet.yaml, never values: those are put by `tenner secret put` or the AWS command.
resource "aws_secretsmanager_secret" "shared" {
  for_each = toset(local.fleet.secrets.shared)

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
