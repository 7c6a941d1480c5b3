# What prod becomes, in seconds and without AWS. In this folder's parent:
# terraform init -backend=false && terraform test

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "210987654321" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_acm_certificate" {
    defaults = { arn = "arn:aws:acm:us-east-1:210987654321:certificate/own" }
  }
}

variables {
  package        = "../../app.yaml" # any file: no code is looked at here
  shared_account = "123456789012"
  profile = {
    log_retention_days     = 30
    billing_mode           = "PAY_PER_REQUEST"
    point_in_time_recovery = true
    deletion_protection    = true
    key                    = "aws_owned"
    alarms                 = false
    dashboard              = false
    rotation_days          = 90
    rotate                 = []
    custom_domain          = ""
    alert_email            = "me@example.org"
    budget_usd             = 20
    auto_scaling = {
      target_percent    = 70
      cooldown_s        = 60
      least_read_units  = 1
      most_read_units   = 40
      least_write_units = 2
      most_write_units  = 30
    }
    archive = { infrequent_access_days = 30, glacier_days = 90, deep_archive_days = 365, kept_days = 0 }
  }
}

run "safe_and_free_of_what_costs" {
  command = plan

  assert {
    condition     = alltrue([for each in aws_dynamodb_table.own : each.point_in_time_recovery[0].enabled && each.deletion_protection_enabled])
    error_message = "The table of prod can be lost: point_in_time_recovery and deletion protection are on."
  }

  assert {
    condition     = alltrue([for each in aws_dynamodb_table.own : each.hash_key == "pk" && each.range_key == "sk" && each.name == "${local.app}-prod"])
    error_message = "The table has other keys than the shared one, so the app's rows do not fit."
  }

  assert {
    condition     = length(aws_appautoscaling_target.table) + length(aws_cloudwatch_metric_alarm.own) + length(aws_cloudwatch_dashboard.own) + length(aws_kms_key.own) == 0
    error_message = "What costs each month is made though app.yaml does not ask for it."
  }

  assert {
    condition     = alltrue([for name in keys(aws_secretsmanager_secret.own) : aws_secretsmanager_secret.own[name].name == "${local.app}/prod/${name}"])
    error_message = "A secret is not called <app>/prod/<name>, where the code looks for it."
  }

  assert {
    condition     = aws_budgets_budget.own[0].limit_amount == "20" && length(aws_budgets_budget.own[0].notification) == 5
    error_message = "The budget does not tell at 50, 80, 95 and 100 %, and at the forecast of 100 %."
  }

  assert {
    condition     = toset([for each in aws_s3_bucket_lifecycle_configuration.own[0].rule[1].transition : "${each.days} ${each.storage_class}"]) == toset(["30 STANDARD_IA", "90 GLACIER", "365 DEEP_ARCHIVE"])
    error_message = "What is under archive/ does not move after 30, 90 and 365 days."
  }

  assert {
    condition     = alltrue([for each in aws_apigatewayv2_stage.default : each.default_route_settings[0].throttling_rate_limit == 50])
    error_message = "The API has no limit, so a runaway is paid for in full."
  }
}

run "nothing_is_public" {
  command = plan

  assert {
    condition = (
      aws_s3_bucket_public_access_block.own.block_public_acls && aws_s3_bucket_public_access_block.own.block_public_policy &&
      aws_s3_bucket_public_access_block.own.ignore_public_acls && aws_s3_bucket_public_access_block.own.restrict_public_buckets
    )
    error_message = "Somebody could make the bucket public."
  }

  assert {
    condition     = alltrue([for each in aws_cloudfront_distribution.site : each.default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https"])
    error_message = "The site is sent unencrypted."
  }

  assert {
    condition     = alltrue([for each in aws_cognito_user_pool.own : each.deletion_protection == "ACTIVE" && each.admin_create_user_config[0].allow_admin_create_user_only])
    error_message = "Anybody can sign up, or the users can be lost."
  }

  assert {
    condition     = !aws_s3_bucket.own.force_destroy
    error_message = "The bucket goes with its files though prod is protected."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
      !contains(flatten([statement.Action]), "*") && alltrue([for action in flatten([statement.Action]) : !endswith(action, ":*")])
    ])
    error_message = "The permissions boundary allows all actions of a service."
  }
}

run "may_go" {
  command = plan

  variables {
    profile = merge(var.profile, { deletion_protection = false })
  }

  assert {
    condition     = aws_s3_bucket.own.force_destroy && alltrue([for each in aws_dynamodb_table.own : !each.deletion_protection_enabled]) && alltrue([for each in aws_cognito_user_pool.own : each.deletion_protection == "INACTIVE"])
    error_message = "A person said that prod may go, and AWS would keep a part of it."
  }
}

run "archived_for_a_while" {
  command = plan

  variables {
    profile = merge(var.profile, { archive = merge(var.profile.archive, { kept_days = 91 }) })
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.own[0].rule[1].expiration[0].days == 91 && toset([for each in aws_s3_bucket_lifecycle_configuration.own[0].rule[1].transition : each.storage_class]) == toset(["STANDARD_IA", "GLACIER"])
    error_message = "What is under archive/ is not deleted when app.yaml says, or moves when it is gone."
  }
}

run "a_domain_of_its_own" {
  command = plan

  variables {
    profile = merge(var.profile, { custom_domain = "api.example.org" })
  }

  assert {
    condition     = length(aws_apigatewayv2_api.own) == length(aws_apigatewayv2_api_mapping.own) && alltrue([for each in aws_apigatewayv2_domain_name.own : each.domain_name == "api.example.org" && each.domain_name_configuration[0].security_policy == "TLS_1_2"])
    error_message = "The API does not answer at the domain of app.yaml."
  }

  assert {
    condition     = length(aws_apigatewayv2_api.own) == 0 || output.url == "https://api.example.org/${local.app}"
    error_message = "The app does not say that it answers at its domain."
  }
}

run "provisioned" {
  command = plan

  variables {
    profile = merge(var.profile, { billing_mode = "PROVISIONED" })
  }

  assert {
    condition     = alltrue([for each in aws_dynamodb_table.own : each.read_capacity == 1 && each.write_capacity == 2])
    error_message = "The table does not begin with the least units."
  }

  assert {
    condition     = length(aws_dynamodb_table.own) == 0 || length(aws_appautoscaling_policy.table) == 4
    error_message = "Reads and writes of the table and of its index scale each by itself."
  }

  assert {
    condition = alltrue([
      for each in aws_appautoscaling_policy.table :
      each.target_tracking_scaling_policy_configuration[0].target_value == 70 &&
      each.target_tracking_scaling_policy_configuration[0].scale_in_cooldown == 60 &&
      each.target_tracking_scaling_policy_configuration[0].scale_out_cooldown == 60
    ])
    error_message = "Auto scaling does not keep 70 % with cooldowns of 60 seconds."
  }

  assert {
    condition     = alltrue([for key, each in aws_appautoscaling_target.table : each.max_capacity == (endswith(key, "read") ? 40 : 30)])
    error_message = "Auto scaling does not end at the limits of app.yaml."
  }
}

run "paid_for_on_purpose" {
  command = plan

  variables {
    profile = merge(var.profile, {
      alarms    = true
      dashboard = true
      key       = "customer"
      rotate    = try([yamldecode(file("../../app.yaml")).secrets.app[0]], [])
    })
  }

  override_resource {
    target          = aws_iam_policy.boundary
    override_during = plan
    values          = { arn = "arn:aws:iam::210987654321:policy/boundary" }
  }

  assert {
    condition     = alltrue([for each in aws_iam_role.rotation : each.permissions_boundary == aws_iam_policy.boundary.arn])
    error_message = "What rotates is outside the permissions boundary."
  }

  assert {
    condition     = length(aws_dynamodb_table.own) == 0 || length(aws_cloudwatch_dashboard.own) + length(aws_kms_key.own) == 2
    error_message = "The dashboard or the key that app.yaml asks for is missing."
  }

  assert {
    condition     = alltrue([for each in aws_secretsmanager_secret_rotation.own : each.rotation_rules[0].automatically_after_days == 90])
    error_message = "A secret does not rotate every 90 days."
  }

  assert {
    condition     = length(aws_lambda_function.rotation) == min(1, length(try(local.manifest.secrets.app, [])))
    error_message = "What rotates is missing."
  }

}

run "not_in_the_shared_account" {
  command = plan

  variables {
    shared_account = "210987654321"
  }

  expect_failures = [data.aws_caller_identity.current]
}
