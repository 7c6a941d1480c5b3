# One role for all functions of the app: it reaches what bears the app's name, and no more.
resource "aws_iam_role" "app" {
  count = local.has_functions ? 1 : 0

  name                 = local.name
  description          = "What the functions of ${local.app} may do in ${var.environment}"
  permissions_boundary = var.shared["permissions-boundary-arn"]
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

resource "aws_iam_role_policy" "app" {
  count = local.has_functions ? 1 : 0

  name = local.name
  role = aws_iam_role.app[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in local.statements :
      { for key, value in statement : key => value if length(value) > 0 }
      if length(statement.Resource) > 0
    ]
  })
}

locals {
  statements = [
    {
      Sid    = "OwnRows"
      Effect = "Allow"
      Action = [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
      ]
      Resource = [var.shared["table-arn"], "${var.shared["table-arn"]}/index/*"]
      Condition = {
        "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["${local.app}#*"] }
        # ForAllValues is true where there is no key at all.
        Null = { "dynamodb:LeadingKeys" = "false" }
      }
    },
    {
      Sid       = "OwnParameters"
      Effect    = "Allow"
      Action    = ["ssm:GetParameter", "ssm:GetParameters"]
      Resource  = length(local.parameters) + length(local.app_secrets) > 0 ? ["${local.arn_of.ssm}:parameter/${local.app}/${var.environment}/*"] : []
      Condition = {}
    },
    {
      Sid    = "SharedSecretsByName"
      Effect = "Allow"
      Action = ["secretsmanager:GetSecretValue"]
      # Secrets Manager adds a hyphen and six characters to each name.
      Resource  = [for name in local.shared_secrets : "${local.arn_of.secretsmanager}:secret:shared/${var.environment}/${name}-??????"]
      Condition = {}
    },
    {
      Sid       = "OwnLogs"
      Effect    = "Allow"
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = [for group in values(aws_cloudwatch_log_group.function) : "${group.arn}:*"]
      Condition = {}
    },
    {
      Sid       = "OwnQueues"
      Effect    = "Allow"
      Action    = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      Resource  = [for queue in values(aws_sqs_queue.messages) : queue.arn]
      Condition = {}
    },
    {
      Sid    = "OneModel"
      Effect = "Allow"
      Action = ["bedrock:InvokeModel"]
      # A model "us.amazon…" is a profile that calls amazon… in any of its regions.
      Resource = local.has_ai ? [
        "arn:${data.aws_partition.current.partition}:bedrock:*::foundation-model/${replace(var.manifest.ai.model, "/^(us|eu|apac|global)\\./", "")}",
        "${local.arn_of.bedrock}:inference-profile/${var.manifest.ai.model}",
      ] : []
      Condition = {}
    },
  ]
}
