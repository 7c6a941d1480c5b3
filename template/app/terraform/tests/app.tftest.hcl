# What ../app.yaml becomes, in seconds and without AWS. In this folder's parent:
# terraform init -backend=false && terraform test

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  manifest         = yamldecode(file("../app.yaml"))
  environment      = keys(yamldecode(file("../app.yaml")).environments)[0]
  package          = "../app.yaml" # any file: no code is looked at here
  login_client_id  = "client"
  template_version = "v1.0.0"
  shared = {
    api-execution-arn        = "arn:aws:execute-api:us-east-1:123456789012:api"
    api-id                   = "api"
    api-url                  = "https://api.example.org"
    authorizer-id            = "authorizer"
    bucket                   = "bucket"
    log-retention-days       = "7"
    permissions-boundary-arn = "arn:aws:iam::123456789012:policy/boundary"
    site-url                 = "https://sites.example.org"
    table-arn                = "arn:aws:dynamodb:us-east-1:123456789012:table/apps"
    table-name               = "apps"
  }
}

run "functions" {
  command = plan

  module {
    source = "./app"
  }

  assert {
    condition     = alltrue([for name, each in aws_lambda_function.function : each.function_name == "${var.manifest.app}-${var.environment}-${name}"])
    error_message = "A function is not called <app>-<environment>-<function>, so it may collide with another app's."
  }

  assert {
    condition     = alltrue([for each in aws_lambda_function.function : coalesce(each.reserved_concurrent_executions, -1) == -1])
    error_message = "A function reserves concurrency: new accounts refuse that, and it takes it from all other apps."
  }

  assert {
    condition     = alltrue([for each in aws_cloudwatch_log_group.function : each.retention_in_days == 7])
    error_message = "A log group is not kept as long as the shared infrastructure says."
  }

  assert {
    condition     = keys(aws_cloudwatch_log_group.function) == keys(aws_lambda_function.function)
    error_message = "A function has no log group of its own: Lambda makes one that keeps logs for ever."
  }
}

run "routes" {
  command = plan

  module {
    source = "./app"
  }

  assert {
    condition     = alltrue([for key in keys(aws_apigatewayv2_route.app) : can(regex("^[A-Z]+ /${var.manifest.app}(/|$)", key))])
    error_message = "A route is not below /<app>, so it may take another app's requests."
  }

  assert {
    condition = length(aws_apigatewayv2_integration.app) == 0 || length(setsubtract(
      ["ANY /${var.manifest.app}", "ANY /${var.manifest.app}/{proxy+}"], keys(aws_apigatewayv2_route.app)
    )) == 0
    error_message = "An app with an HTTP API has the routes ANY /<app> and ANY /<app>/{proxy+}."
  }

  assert {
    condition = alltrue([
      for key, each in aws_apigatewayv2_route.app : each.authorization_type == "JWT"
      if try(var.manifest.login, null) != null && startswith(key, "ANY ")
    ])
    error_message = "With login, every route but health and preflights asks for a token."
  }
}

run "role" {
  command = plan

  module {
    source = "./app"
  }

  assert {
    condition     = alltrue([for each in aws_iam_role.app : each.permissions_boundary == var.shared["permissions-boundary-arn"]])
    error_message = "The app's role is outside the permissions boundary."
  }

  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.app : [
        for statement in jsondecode(policy.policy).Statement : statement.Resource != "*" && statement.Resource != ["*"]
      ]
    ]))
    error_message = "The app's role reaches everything: name what it needs."
  }

  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.app : [
        for statement in jsondecode(policy.policy).Statement :
        statement.Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] == ["${var.manifest.app}#*"] && statement.Condition.Null["dynamodb:LeadingKeys"] == "false"
        if statement.Sid == "OwnRows"
      ]
    ]))
    error_message = "The app's role reaches rows of other apps: its keys start with <app>#."
  }
}

run "tags" {
  command = plan

  module {
    source = "./app"
  }

  assert {
    condition = alltrue([
      for each in flatten([
        values(aws_cloudwatch_log_group.function), values(aws_lambda_function.function), aws_iam_role.app,
        values(aws_sqs_queue.messages), values(aws_sqs_queue.dead), values(aws_ssm_parameter.setting),
        values(aws_ssm_parameter.secret), aws_scheduler_schedule_group.app,
      ]) : each.tags == tomap({ app = var.manifest.app, environment = var.environment, owner = var.manifest.owner, template_version = "v1.0.0" })
    ])
    error_message = "A resource lacks a tag: app, environment, owner and template_version are on all."
  }
}

run "no_values" {
  command = plan

  module {
    source = "./app"
  }

  assert {
    condition     = alltrue([for each in aws_ssm_parameter.setting : nonsensitive(each.value) == "not set yet"])
    error_message = "A parameter's value is in Terraform. Put it with: aws ssm put-parameter --overwrite"
  }

  assert {
    condition     = alltrue([for each in aws_ssm_parameter.secret : each.type == "SecureString" && each.value_wo_version == 1])
    error_message = "A secret is not write-only, or Terraform would write its value anew."
  }
}

run "moved_secrets" {
  command = plan

  module {
    source = "./app"
  }

  variables {
    environment = "prod"
    own_secrets = true
    manifest = {
      app          = "pip"
      owner        = "me"
      region       = "us-east-1"
      environments = { prod = { secret_stores = { both = ["secrets_manager", "parameter_store"], moved = ["parameter_store"] } } }
      functions    = { job = { trigger = "schedule", memory_mb = 256, timeout_s = 10, schedule = "rate(1 day)" } }
      secrets      = { shared = ["moved"], app = ["both", "stays"] }
    }
  }

  assert {
    condition     = [for each in aws_ssm_parameter.secret : each.name] == ["/pip/prod/both", "/pip/prod/moved"]
    error_message = "A secret has no place in Parameter Store where app.yaml says that it has one."
  }

  assert {
    condition     = alltrue([for each in aws_lambda_function.function : jsondecode(each.environment[0].variables["SECRET_STORES"]) == { moved = "parameter_store" }])
    error_message = "Functions are not told where a secret is that was moved."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.app[0].policy).Statement : length(statement.Resource) if statement.Sid == "SecretsByName"
    ] == [2]
    error_message = "The role reads what is in Secrets Manager, and no more."
  }
}
