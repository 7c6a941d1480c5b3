# What there is once in the account, in seconds and without AWS. In this folder's parent:
# terraform init -backend=false && terraform test

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:acme-guard-news" }
  }
}

# A new repo need not name an address yet; outside an emulator that is a warning of budget.tf.
variables {
  emulated = true
}

run "budget" {
  command = plan

  assert {
    condition     = (length(aws_iam_role.spend) == 0) == (local.repo == "")
    error_message = "Without a repo on GitHub there is a role that nobody can take."
  }

  assert {
    condition     = aws_budgets_budget.account["account"].limit_amount == tostring(local.fleet.budget.monthly_usd)
    error_message = "The account's budget is not what fleet.yaml says."
  }

  assert {
    condition     = toset([for each in aws_budgets_budget.account["account"].notification : "${each.threshold} ${each.notification_type}"]) == toset(["50 ACTUAL", "80 ACTUAL", "95 ACTUAL", "100 ACTUAL", "100 FORECASTED"])
    error_message = "The budget does not tell of 50, 80, 95 and 100 %, and of the forecast."
  }
}

run "weekly_look" {
  command = apply

  variables {
    github_repo = "acme/infra"
  }

  assert {
    condition     = jsondecode(aws_iam_role.spend[0].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:acme/infra:ref:refs/heads/main"
    error_message = "Another repo or branch may look at the cost."
  }

  assert {
    condition     = toset(flatten([for each in jsondecode(aws_iam_role_policy.spend[0].policy).Statement : each.Action])) == toset(["ce:GetCostAndUsage", "ce:GetAnomalies", "sns:Publish"])
    error_message = "The weekly look may do more than look and tell."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.spend[0].policy).Statement[1].Resource == output.spend_topic_arn
    error_message = "The weekly look may tell other topics."
  }
}
