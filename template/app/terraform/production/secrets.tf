# Names only, of app.yaml. A person gives the values: tenner secret put, hidden and never in a file.
resource "aws_secretsmanager_secret" "own" {
  for_each = toset(local.secrets)

  name                    = "${local.app}/prod/${each.key}"
  description             = "Secret of ${local.app} in prod"
  recovery_window_in_days = local.on_aws.secret_recovery_days
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_policy" "own" {
  for_each = aws_secretsmanager_secret.own

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

locals {
  rotated       = var.profile.rotation_days > 0 ? toset(var.profile.rotate) : toset([])
  rotation_name = "${local.name}-rotation"
}

resource "aws_secretsmanager_secret_rotation" "own" {
  for_each = local.rotated

  secret_id           = aws_secretsmanager_secret.own[each.key].id
  rotation_lambda_arn = aws_lambda_function.rotation[0].arn
  rotate_immediately  = false # it has no value before a person put one

  rotation_rules {
    automatically_after_days = var.profile.rotation_days
  }

  depends_on = [aws_lambda_permission.rotation]
}

resource "aws_cloudwatch_log_group" "rotation" {
  count = length(local.rotated) > 0 ? 1 : 0

  name              = "/aws/lambda/${local.rotation_name}"
  retention_in_days = var.profile.log_retention_days
  tags              = local.tags
}

resource "aws_lambda_function" "rotation" {
  count = length(local.rotated) > 0 ? 1 : 0

  function_name    = local.rotation_name
  description      = "Makes new keys for ${local.app}, by functions/rotation/issuer.py"
  role             = aws_iam_role.rotation[0].arn
  handler          = "functions.rotation.handler.handler"
  runtime          = "python3.13"
  architectures    = [coalesce(var.architecture, "arm64")]
  memory_size      = 128
  timeout          = 60
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  tags             = local.tags

  environment {
    variables = {
      APP_NAME                = local.app
      ENVIRONMENT             = "prod"
      POWERTOOLS_SERVICE_NAME = local.app
      LOG_LEVEL               = "INFO"
    }
  }

  lifecycle {
    precondition {
      condition     = !contains(keys(local.functions), "rotation")
      error_message = "app.yaml: a function is called rotation, which is the name of what rotates secrets in prod. Expected another name."
    }
  }

  depends_on = [aws_cloudwatch_log_group.rotation, aws_iam_role_policy.rotation]
}

resource "aws_lambda_permission" "rotation" {
  count = length(local.rotated) > 0 ? 1 : 0

  statement_id   = "secrets-manager"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.rotation[0].function_name
  principal      = "secretsmanager.amazonaws.com"
  source_account = local.account_id
}

resource "aws_iam_role" "rotation" {
  count = length(local.rotated) > 0 ? 1 : 0

  name                 = local.rotation_name
  description          = "What rotates secrets of ${local.app} may do"
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "rotation" {
  count = length(local.rotated) > 0 ? 1 : 0

  name = local.rotation_name
  role = aws_iam_role.rotation[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "SecretsThatRotate"
        Effect   = "Allow"
        Action   = local.rotation_actions
        Resource = [for name in local.rotated : aws_secretsmanager_secret.own[name].arn]
      },
      {
        Sid      = "OwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.rotation[0].arn}:*"
      },
    ]
  })
}
