# Answers of people are in ../../fleet.yaml, figures of one environment in environments/.
locals {
  fleet  = yamldecode(file("${path.module}/../../fleet.yaml"))
  apps   = "${path.module}/../../apps"
  prefix = "${local.fleet.prefix}-${var.environment}"

  # Every registered app that has this environment, by name.
  registered = {
    for path in fileset(local.apps, "*.yaml") : trimsuffix(path, ".yaml") => yamldecode(file("${local.apps}/${path}"))
  }
  here = {
    for app, record in local.registered : app => record
    if contains(keys(record.manifest.environments), var.environment)
  }

  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = local.fleet.region

  tags = {
    app              = "shared"
    environment      = var.environment
    owner            = local.fleet.owner
    template_version = try(yamldecode(file("${path.module}/../../.copier-answers.yml"))._commit, "unknown")
  }
}

provider "aws" {
  region = local.region
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}
