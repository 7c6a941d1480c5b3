# The most that any app's role can ever do, whatever its own policy says. The tag `app` of the role
# stands for its name, so that a policy that names another app's rows is worth nothing.
resource "aws_iam_policy" "boundary" {
  name        = "${local.prefix}-app-boundary"
  description = "The most that a role of an app may do in ${var.environment}"
  tags        = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.denied_statement,
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
        Resource = [aws_dynamodb_table.shared.arn, "${aws_dynamodb_table.shared.arn}/index/*"]
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["$${aws:PrincipalTag/app}#*"] }
          Null                      = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid    = "OwnAndSharedParameters"
        Effect = "Allow"
        Action = ["ssm:GetParameter", "ssm:GetParameters"]
        Resource = [
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/$${aws:PrincipalTag/app}/${var.environment}/*",
          "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/shared/secrets/${var.environment}/*",
        ]
      },
      {
        Sid      = "SharedSecrets"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:${local.partition}:secretsmanager:${local.region}:${local.account_id}:secret:shared/${var.environment}/*"
      },
      {
        Sid       = "DecryptThroughThem"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = { StringEquals = { "kms:ViaService" = ["ssm.${local.region}.amazonaws.com", "secretsmanager.${local.region}.amazonaws.com"] } }
      },
      {
        Sid      = "OwnLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/$${aws:PrincipalTag/app}-${var.environment}-*"
      },
      {
        Sid      = "OwnQueues"
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:$${aws:PrincipalTag/app}-${var.environment}-*"
      },
      {
        Sid      = "OwnFunctions"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:$${aws:PrincipalTag/app}-${var.environment}-*"
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
