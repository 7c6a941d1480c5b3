# What there is once in the account, for all its environments.
locals {
  fleet = yamldecode(file("${path.module}/../../fleet.yaml"))
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

data "aws_caller_identity" "current" {}

# GitHub's word for which repo a CI run belongs to: deploy roles trust it.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.github_provider_exists ? 0 : 1

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  tags           = local.tags
}
