# What ../../fleet.yaml and ../../apps become, in seconds and without AWS. In this folder's parent:
# terraform init -backend=false && terraform test

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_cognito_user_pool_clients" {
    defaults = { client_ids = ["client"], client_names = ["an-app-that-nobody-registered-dev"] }
  }
}

variables {
  environment            = "dev"
  log_retention_days     = 7
  requests_per_second    = 100
  burst_requests         = 200
  read_units_per_second  = 100
  write_units_per_second = 100
  guard_package          = "placeholder.zip"
}

run "one_of_each" {
  command = plan

  assert {
    condition     = aws_apigatewayv2_api.shared["1"].name == aws_dynamodb_table.shared.name && aws_cognito_user_pool.shared.name == aws_dynamodb_table.shared.name
    error_message = "The first API, the table and the user pool are all called <prefix>-<environment>."
  }

  assert {
    condition     = aws_ssm_parameter.published["log-retention-days"].name == "/shared/dev/log-retention-days"
    error_message = "Apps look for what is shared at /shared/<environment>/."
  }

  assert {
    condition = alltrue([
      for name in ["api-execution-arn", "api-id", "api-url", "authorizer-id", "bucket", "log-retention-days", "permissions-boundary-arn", "site-url", "state-bucket", "table-arn", "table-name", "topology", "user-pool-id"] :
      contains(keys(aws_ssm_parameter.published), name)
    ])
    error_message = "Something that apps read is no longer published."
  }
}

run "apis" {
  command = plan

  assert {
    condition     = toset(keys(aws_apigatewayv2_api.shared)) == toset([for number in range(1, try(local.fleet.apis, 1) + 1) : tostring(number)])
    error_message = "There are not as many APIs as fleet.yaml says."
  }

  assert {
    condition = length(distinct([for api in aws_apigatewayv2_api.shared : jsonencode(api.cors_configuration)])) == 1 && alltrue([
      for part in [aws_apigatewayv2_stage.default, aws_apigatewayv2_authorizer.login] : keys(part) == keys(aws_apigatewayv2_api.shared)
    ])
    error_message = "An API lacks its stage or its authorizer, or browsers may do other things there."
  }

  assert {
    condition = alltrue([
      for number in keys(aws_apigatewayv2_api.shared) : alltrue([
        for name in ["api-execution-arn", "api-id", "api-url", "authorizer-id"] :
        contains(keys(aws_ssm_parameter.published), number == "1" ? name : "apis/${number}/${name}")
      ])
    ])
    error_message = "What is of API 1 is published by its name, and what is of another one at apis/<number>/."
  }

  assert {
    condition     = !contains(keys(aws_ssm_parameter.published), "apis/1/api-id")
    error_message = "What is of API 1 is published twice."
  }

  assert {
    condition     = alltrue([for app, number in local.api_of : number == tostring(try(local.registered[app].manifest.api, 1))])
    error_message = "An app is on another API than its app.yaml says."
  }
}

run "brakes_on_cost" {
  command = plan

  assert {
    condition     = alltrue([for each in aws_apigatewayv2_stage.default : one(each.default_route_settings).throttling_rate_limit == var.requests_per_second])
    error_message = "An API has no limit of requests a second."
  }

  assert {
    condition     = aws_dynamodb_table.shared.billing_mode == "PAY_PER_REQUEST" && one(aws_dynamodb_table.shared.on_demand_throughput).max_write_request_units == var.write_units_per_second
    error_message = "The table is not on demand, or has no cap."
  }

  assert {
    condition     = alltrue([for index in aws_dynamodb_table.shared.global_secondary_index : one(index.on_demand_throughput).max_read_request_units == var.read_units_per_second])
    error_message = "An index of the table has no cap: it is billed like the table."
  }

  assert {
    condition     = length(setsubtract(["ec2:CreateNatGateway", "elasticloadbalancing:CreateLoadBalancer", "rds:CreateDBInstance", "kms:CreateKey"], local.denied_actions)) == 0
    error_message = "Apps may make what costs by the hour."
  }
}

run "guard" {
  command = plan

  assert {
    condition     = aws_lambda_function.guard.function_name == "shared-dev-guard" && aws_cloudwatch_log_group.guard.retention_in_days == 7
    error_message = "The guard has another name than `tenner guard` looks for, or its logs are kept for long."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.consumption["writes"].threshold == floor(min(local.fleet.budget.monthly_usd / 864 / 0.625 * 1000000, 24000))
    error_message = "The alarm of writes is not at ten times the budget's even pace, or above what the table gives."
  }
}

run "kept_safe" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.shared.deletion_protection_enabled && aws_cognito_user_pool.shared.deletion_protection == "ACTIVE"
    error_message = "The table or the user pool can be deleted by mistake."
  }

  assert {
    condition     = alltrue([for name in keys(aws_secretsmanager_secret.shared) : aws_secretsmanager_secret.shared[name].name == "shared/dev/${name}"])
    error_message = "A shared secret is not called shared/<environment>/<name>."
  }

  assert {
    condition     = alltrue([for name, each in aws_ssm_parameter.shared_secret : each.name == "/shared/secrets/dev/${name}" && each.type == "SecureString" && each.value_wo_version == 1])
    error_message = "A shared secret in Parameter Store is where CI reads it, or not write-only."
  }
}

run "deploy_roles" {
  command = plan

  assert {
    condition = alltrue([
      for app, role in aws_iam_role.deploy :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:${local.repo_of[app]}:environment:dev"
    ])
    error_message = "A deploy role trusts another repo than the app's own."
  }
}

run "tags" {
  command = plan

  assert {
    condition = alltrue([
      for each in flatten([
        values(aws_apigatewayv2_api.shared), values(aws_apigatewayv2_stage.default), aws_dynamodb_table.shared, aws_s3_bucket.shared,
        aws_cognito_user_pool.shared, aws_cloudfront_distribution.sites, aws_iam_policy.boundary, aws_lambda_function.guard, aws_cloudwatch_event_rule.guard,
        values(aws_secretsmanager_secret.shared), values(aws_ssm_parameter.published), values(aws_iam_role.deploy),
      ]) : length(setsubtract(["app", "environment", "owner", "template_version"], keys(each.tags))) == 0
    ])
    error_message = "A resource lacks a tag: app, environment, owner and template_version are on all."
  }
}
