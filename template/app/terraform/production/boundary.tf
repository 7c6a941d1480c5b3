# The most that any role of the app can do here, whatever its own policy says.
locals {
  in_account = "${local.region}:${local.account_id}"
  rotation_actions = [
    "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage",
  ]
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-boundary"
  description = "The most that a role of ${local.app} may do in prod"
  tags        = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
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
        Resource = ["arn:${local.partition}:dynamodb:${local.in_account}:table/${local.name}", "arn:${local.partition}:dynamodb:${local.in_account}:table/${local.name}/index/*"]
      },
      {
        Sid      = "OwnParameters"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParameters"]
        Resource = "arn:${local.partition}:ssm:${local.in_account}:parameter/${local.app}/prod/*"
      },
      {
        Sid      = "OwnSecrets"
        Effect   = "Allow"
        Action   = local.rotation_actions
        Resource = "arn:${local.partition}:secretsmanager:${local.in_account}:secret:${local.app}/prod/*"
      },
      {
        Sid       = "ThroughServices"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        Resource  = "*"
        Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "secretsmanager", "ssm"] : "${service}.${local.region}.amazonaws.com"] } }
      },
      {
        Sid      = "OwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.in_account}:log-group:/aws/lambda/${local.name}-*"
      },
      {
        Sid      = "OwnQueues"
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = "arn:${local.partition}:sqs:${local.in_account}:${local.name}-*"
      },
      {
        Sid      = "OwnFunctions"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:${local.partition}:lambda:${local.in_account}:function:${local.name}-*"
      },
      {
        Sid      = "Models"
        Effect   = "Allow"
        Action   = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
        Resource = ["arn:${local.partition}:bedrock:*::foundation-model/*", "arn:${local.partition}:bedrock:*:${local.account_id}:inference-profile/*"]
      },
    ]
  })
}
