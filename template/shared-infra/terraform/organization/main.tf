# The AWS Organization: one bill for all accounts, a Dev OU with the account that apps share, a Prod OU
# with an account for each registered app that has prod. Made from the management account, in which
# nothing else runs. It adds no free tier: an organization has one, however many accounts it has.
locals {
  fleet  = yamldecode(file("${path.module}/../../fleet.yaml"))
  chosen = local.fleet.organization
  apps   = "${path.module}/../../apps"

  records = [for name in fileset(local.apps, "*.yaml") : yamldecode(file("${local.apps}/${name}"))]
  prod = {
    for record in local.records : record.manifest.app => record.manifest.owner
    if contains(keys(record.manifest.environments), "prod")
  }
  shared = local.chosen.shared_account == "" ? toset([]) : toset([local.chosen.shared_account])

  tags = {
    app              = "shared"
    environment      = "all"
    owner            = local.fleet.owner
    template_version = try(yamldecode(file("${path.module}/../../.copier-answers.yml"))._commit, "unknown")
  }
}

provider "aws" {
  region = local.fleet.region
}

resource "aws_organizations_organization" "all" {
  feature_set          = "ALL" # with consolidated billing
  enabled_policy_types = ["SERVICE_CONTROL_POLICY"]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_organizations_organizational_unit" "unit" {
  for_each = toset(["Dev", "Prod"])

  name      = each.key
  parent_id = aws_organizations_organization.all.roots[0].id
  tags      = local.tags
}

# The account that dev and staging share is there already: it was invited, and has joined.
import {
  for_each = local.shared
  to       = aws_organizations_account.shared[each.key]
  id       = each.key
}

resource "aws_organizations_account" "shared" {
  for_each = local.shared

  name      = "${local.fleet.prefix}-shared"
  email     = replace(local.chosen.account_email, "{account}", "${local.fleet.prefix}-shared")
  parent_id = aws_organizations_organizational_unit.unit["Dev"].id
  tags      = local.tags

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [name, email, role_name, iam_user_access_to_billing, close_on_deletion, create_govcloud]
  }
}

resource "aws_organizations_account" "prod" {
  for_each = local.prod

  name      = "${each.key}-prod"
  email     = replace(local.chosen.account_email, "{account}", "${each.key}-prod")
  parent_id = aws_organizations_organizational_unit.unit["Prod"].id
  tags      = merge(local.tags, { owner = each.value })

  close_on_deletion = false

  lifecycle {
    prevent_destroy = true # an account is closed by a person
    ignore_changes  = [role_name, iam_user_access_to_billing]

    precondition {
      condition     = length(regexall("[{]account[}]", local.chosen.account_email)) == 1
      error_message = "fleet.yaml: organization.account_email is \"${local.chosen.account_email}\". Expected an address with {account} in it, such as aws+{account}@example.org, because each account needs an address of its own."
    }
  }
}

# What binds every account but the management account, whoever is logged in there.
locals {
  policies = {
    stay = {
      says  = "No account leaves the organization, and with it the one bill"
      units = ["Dev", "Prod"]
      deny  = ["account:CloseAccount", "organizations:LeaveOrganization"]
    }
    cheap = {
      says  = "What costs by the hour, used or not, is not made in development"
      units = ["Dev"]
      deny = [
        "ec2:AllocateAddress",
        "ec2:CreateNatGateway",
        "ec2:CreateVpcEndpoint",
        "ec2:RunInstances",
        "elasticloadbalancing:CreateLoadBalancer",
        "kms:CreateKey",
        "rds:CreateDBCluster",
        "rds:CreateDBInstance",
        "rds:CreateGlobalCluster",
      ]
    }
  }
  bound = merge([for name, each in local.policies : { for unit in each.units : "${name} ${unit}" => { policy = name, unit = unit } }]...)
}

resource "aws_organizations_policy" "own" {
  for_each = local.policies

  name        = "${local.fleet.prefix}-${each.key}"
  description = each.value.says
  type        = "SERVICE_CONTROL_POLICY"
  tags        = local.tags
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = title(each.key), Effect = "Deny", Action = each.value.deny, Resource = "*" }]
  })

  depends_on = [aws_organizations_organization.all]
}

resource "aws_organizations_policy_attachment" "own" {
  for_each = local.bound

  policy_id = aws_organizations_policy.own[each.value.policy].id
  target_id = aws_organizations_organizational_unit.unit[each.value.unit].id
}

# Only the account that pays can split the bill by tags; for members it is refused.
resource "aws_ce_cost_allocation_tag" "tag" {
  for_each = var.activate_cost_tags ? toset(["app", "environment", "owner"]) : []

  tag_key = each.key
  status  = "Active"
}
