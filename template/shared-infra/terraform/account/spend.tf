# What the weekly look at the cost may do: .github/workflows/spend.yml, on this repo's main branch.
locals {
  github = "token.actions.githubusercontent.com"
  folder = basename(abspath("${path.module}/../.."))
  repo   = var.github_repo != "" || local.fleet.github_org == "" ? var.github_repo : "${local.fleet.github_org}/${local.folder}"
}

data "aws_partition" "current" {}

resource "aws_iam_role" "spend" {
  count = local.repo == "" ? 0 : 1

  name                 = "${local.fleet.prefix}-spend"
  description          = "What the CI of ${local.repo} may ask of the cost"
  max_session_duration = 3600
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "sts:AssumeRoleWithWebIdentity"
      Principal = {
        Federated = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.github}"
      }
      Condition = {
        StringEquals = {
          "${local.github}:aud" = "sts.amazonaws.com"
          "${local.github}:sub" = "repo:${local.repo}:ref:refs/heads/main"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "spend" {
  count = local.repo == "" ? 0 : 1

  name = "spend"
  role = aws_iam_role.spend[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Cost", Effect = "Allow", Action = ["ce:GetCostAndUsage", "ce:GetAnomalies"], Resource = "*" },
      { Sid = "News", Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.news.arn },
    ]
  })
}

output "spend_role_arn" {
  description = "For the variable SPEND_ROLE_ARN of this repo on GitHub."
  value       = one(aws_iam_role.spend[*].arn)
}

output "spend_topic_arn" {
  description = "For the variable SPEND_TOPIC_ARN, if the week's cost is to be mailed as alarms are."
  value       = aws_sns_topic.news.arn
}
