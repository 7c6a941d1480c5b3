# One role for each registered app, which only the CI of its own repo can take: GitHub's word for
# it, no stored key. It makes what bears the app's name, and nothing else; in topology monorepo it
# makes nothing, and only puts code and site there.
locals {
  here_in_account = "${local.region}:${local.account_id}"
  github          = "token.actions.githubusercontent.com"
  repo_of = {
    for app, record in local.here : app => try(
      regex("github\\.com[:/]([^/]+/[^/]+?)(?:\\.git)?/?$", record.where.url)[0],
      local.fleet.github_org == "" ? "" : "${local.fleet.github_org}/${app}",
    )
  }
  with_ci = { for app, repo in local.repo_of : app => repo if repo != "" }
}

resource "aws_iam_role" "deploy" {
  for_each = local.with_ci

  name                 = "deploy-${each.key}-${var.environment}"
  description          = "What the CI of ${each.value} may do"
  max_session_duration = 3600
  tags                 = merge(local.tags, { app = each.key, owner = local.here[each.key].manifest.owner })

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:${local.partition}:iam::${local.account_id}:oidc-provider/${local.github}" }
      Condition = {
        StringEquals = {
          "${local.github}:aud" = "sts.amazonaws.com"
          "${local.github}:sub" = "repo:${each.value}:environment:${var.environment}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "deploy" {
  for_each = local.with_ci

  name = "deploy"
  role = aws_iam_role.deploy[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.denied_statement],
      [for statement in local.deploy_statements[each.key] : statement if local.fleet.topology == "stack"],
      [for statement in local.code_statements[each.key] : statement if local.fleet.topology == "monorepo"],
    )
  })
}

locals {
  deploy_statements = {
    for app in keys(local.with_ci) : app => [
      {
        Sid    = "OwnNames"
        Effect = "Allow"
        Action = ["lambda:*", "logs:*", "sqs:*", "scheduler:*", "ssm:*"]
        Resource = [
          "arn:${local.partition}:lambda:${local.here_in_account}:function:${app}-${var.environment}-*",
          "arn:${local.partition}:logs:${local.here_in_account}:log-group:/aws/lambda/${app}-${var.environment}-*",
          "arn:${local.partition}:sqs:${local.here_in_account}:${app}-${var.environment}-*",
          "arn:${local.partition}:scheduler:${local.here_in_account}:schedule-group/${app}-${var.environment}",
          "arn:${local.partition}:scheduler:${local.here_in_account}:schedule/${app}-${var.environment}/*",
          "arn:${local.partition}:ssm:${local.here_in_account}:parameter/${app}/${var.environment}/*",
        ]
      },
      {
        Sid    = "ReadWhatIsShared"
        Effect = "Allow"
        Action = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
        Resource = [
          "arn:${local.partition}:ssm:${local.here_in_account}:parameter/shared/${var.environment}",
          "arn:${local.partition}:ssm:${local.here_in_account}:parameter/shared/${var.environment}/*",
        ]
      },
      {
        # These calls know no resource.
        Sid      = "Look"
        Effect   = "Allow"
        Action   = ["lambda:GetEventSourceMapping", "lambda:ListEventSourceMappings", "lambda:ListTags", "logs:DescribeLogGroups", "ssm:DescribeParameters"]
        Resource = "*"
      },
      {
        Sid       = "QueuesOfItsOwnFunctions"
        Effect    = "Allow"
        Action    = ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
        Resource  = "*"
        Condition = { ArnLike = { "lambda:FunctionArn" = "arn:${local.partition}:lambda:${local.here_in_account}:function:${app}-${var.environment}-*" } }
      },
      {
        Sid      = "TagTheseMappings"
        Effect   = "Allow"
        Action   = ["lambda:TagResource", "lambda:UntagResource"]
        Resource = "arn:${local.partition}:lambda:${local.here_in_account}:event-source-mapping:*"
      },
      {
        Sid      = "MakeRolesInsideTheBoundary"
        Effect   = "Allow"
        Action   = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"]
        Resource = local.roles_of[app]
        Condition = {
          StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn }
        }
      },
      {
        Sid      = "TagRoles"
        Effect   = "Allow"
        Action   = "iam:TagRole"
        Resource = local.roles_of[app]
      },
      {
        # The boundary goes by the tag `app`: nobody may call a role another app's.
        Sid       = "NewRolesBearItsName"
        Effect    = "Deny"
        Action    = "iam:CreateRole"
        Resource  = "*"
        Condition = { StringNotEquals = { "aws:RequestTag/app" = app } }
      },
      {
        Sid      = "RolesKeepItsName"
        Effect   = "Deny"
        Action   = "iam:TagRole"
        Resource = "*"
        Condition = {
          StringNotEquals = { "aws:RequestTag/app" = app }
          Null            = { "aws:RequestTag/app" = "false" } # a tag besides it may change
        }
      },
      {
        Sid      = "ReadAndRemoveRoles"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListRoleTags"]
        Resource = local.roles_of[app]
      },
      {
        Sid       = "GiveRolesToTheirServices"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = local.roles_of[app]
        Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }
      },
      {
        # Who may write routes may write any route: API Gateway knows no finer permission.
        Sid    = "RoutesOfTheSharedApi"
        Effect = "Allow"
        Action = ["apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST"]
        Resource = [
          for part in ["integrations", "integrations/*", "routes", "routes/*"] :
          "arn:${local.partition}:apigateway:${local.region}::/apis/${aws_apigatewayv2_api.shared[local.api_of[app]].id}/${part}"
        ]
      },
      {
        Sid    = "ClientsOfTheSharedPool"
        Effect = "Allow"
        Action = [
          "cognito-idp:CreateUserPoolClient",
          "cognito-idp:DeleteUserPoolClient",
          "cognito-idp:DescribeUserPoolClient",
          "cognito-idp:UpdateUserPoolClient",
        ]
        Resource = aws_cognito_user_pool.shared.arn
      },
      {
        Sid    = "OwnFilesAndState"
        Effect = "Allow"
        Action = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = [
          "${aws_s3_bucket.shared.arn}/artifacts/${app}/*",
          "${aws_s3_bucket.shared.arn}/sites/${app}/*",
          "arn:${local.partition}:s3:::${local.state_bucket}/${app}/${var.environment}",
          "arn:${local.partition}:s3:::${local.state_bucket}/${app}/${var.environment}.tflock",
        ]
      },
      {
        Sid       = "FindOwnState"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "arn:${local.partition}:s3:::${local.state_bucket}"
        Condition = { StringLike = { "s3:prefix" = "${app}/*" } }
      },
    ]
  }
  roles_of = {
    for app in keys(local.with_ci) : app => [
      "arn:${local.partition}:iam::${local.account_id}:role/${app}-${var.environment}",
      "arn:${local.partition}:iam::${local.account_id}:role/${app}-${var.environment}-scheduler",
    ]
  }
}

# Topology monorepo: no routes, no roles, no state.
locals {
  code_statements = {
    for app in keys(local.with_ci) : app => [
      {
        Sid      = "OwnCode"
        Effect   = "Allow"
        Action   = ["lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:UpdateFunctionCode"]
        Resource = "arn:${local.partition}:lambda:${local.here_in_account}:function:${app}-${var.environment}-*"
      },
      {
        Sid    = "ReadWhatIsShared"
        Effect = "Allow"
        Action = "ssm:GetParametersByPath"
        Resource = [
          "arn:${local.partition}:ssm:${local.here_in_account}:parameter/shared/${var.environment}",
          "arn:${local.partition}:ssm:${local.here_in_account}:parameter/shared/${var.environment}/*",
        ]
      },
      {
        Sid    = "OwnFiles"
        Effect = "Allow"
        Action = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = [
          "${aws_s3_bucket.shared.arn}/artifacts/${app}/*",
          "${aws_s3_bucket.shared.arn}/sites/${app}/*",
        ]
      },
      {
        Sid       = "FindOwnFiles"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = aws_s3_bucket.shared.arn
        Condition = { StringLike = { "s3:prefix" = "sites/${app}/*" } }
      },
    ]
  }
}
