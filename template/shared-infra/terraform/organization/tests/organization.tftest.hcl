# What the organization becomes, in seconds and without AWS. In this folder's parent:
# terraform init -backend=false && terraform test

mock_provider "aws" {
  mock_resource "aws_organizations_organization" {
    defaults = { roots = [{ id = "r-root", arn = "arn", name = "Root", policy_types = [] }] }
  }
}

run "two_units" {
  command = plan

  assert {
    condition     = toset([for each in aws_organizations_organizational_unit.unit : each.name]) == toset(["Dev", "Prod"])
    error_message = "There is not one OU for development and one for production."
  }

  assert {
    condition     = aws_organizations_organization.all.feature_set == "ALL"
    error_message = "Without all features there are no service control policies."
  }

  assert {
    condition     = toset(keys(aws_organizations_account.prod)) == toset([for record in local.records : record.manifest.app if contains(keys(record.manifest.environments), "prod")])
    error_message = "There is not one account for each registered app that has prod."
  }

  assert {
    condition     = alltrue([for app, each in aws_organizations_account.prod : each.name == "${app}-prod" && strcontains(each.email, "${app}-prod") && !each.close_on_deletion])
    error_message = "An account is not called <app>-prod, shares its address, or would be closed by Terraform."
  }

  assert {
    condition     = toset(keys(aws_organizations_policy_attachment.own)) == toset(["stay Dev", "stay Prod", "cheap Dev"])
    error_message = "Production is denied what it may pay for on purpose, or development is not."
  }

  assert {
    condition     = alltrue([for each in aws_organizations_policy.own : alltrue([for statement in jsondecode(each.content).Statement : statement.Effect == "Deny"])])
    error_message = "A service control policy only takes away; one that allows would let all else fail."
  }
}
