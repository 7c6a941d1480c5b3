# What costs by the hour, used or not, and what an app in dev never needs. The same list is in the
# price book's guardrails, which refuse it in a plan; this refuses it in AWS.
locals {
  denied_actions = [
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
  denied_statement = {
    Sid      = "TooDearForDevelopment"
    Effect   = "Deny"
    Action   = local.denied_actions
    Resource = "*"
  }
}
