# What the module that makes every app makes of one manifest with all features.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

# The module is tested alone; these are the root's, which asks for them.
variables {
  log_retention_days     = 7
  requests_per_second    = 100
  burst_requests         = 200
  read_units_per_second  = 100
  write_units_per_second = 100

  environment     = "dev"
  login_client_id = "client"
  first_code      = "artifacts/pip/dev.zip"
  manifest = {
    app          = "pip"
    owner        = "me"
    region       = "us-east-1"
    environments = { dev = {} }
    functions = {
      api    = { trigger = "http_api", memory_mb = 256, timeout_s = 10 }
      job    = { trigger = "schedule", memory_mb = 256, timeout_s = 10, schedule = "rate(1 day)" }
      worker = { trigger = "queue", memory_mb = 256, timeout_s = 10 }
    }
    secrets    = { app = ["token"], shared = ["openai-api-key"] }
    parameters = ["greeting"]
    login      = {}
  }
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

run "an_app_with_login" {
  command = plan

  module {
    source = "./modules/app"
  }

  assert {
    condition = { for key, each in aws_apigatewayv2_route.app : key => each.authorization_type } == {
      "ANY /pip"              = "JWT"
      "ANY /pip/{proxy+}"     = "JWT"
      "GET /pip/health"       = "NONE"
      "OPTIONS /pip"          = "NONE"
      "OPTIONS /pip/{proxy+}" = "NONE"
    }
    error_message = "Two routes want a token; health and preflights answer without."
  }

  assert {
    condition     = [for each in aws_lambda_permission.api : each.source_arn] == ["${var.shared["api-execution-arn"]}/*/*/pip/*", "${var.shared["api-execution-arn"]}/*/*/pip"]
    error_message = "The API may call the function from the app's own routes only: pip* would be pip2's, too."
  }

  assert {
    condition     = { for name, each in aws_lambda_function.function : name => each.function_name } == { api = "pip-dev-api", job = "pip-dev-job", worker = "pip-dev-worker" }
    error_message = "Functions are called <app>-<environment>-<function>."
  }

  assert {
    condition     = alltrue([for each in aws_lambda_function.function : each.s3_key == "artifacts/pip/dev.zip" && each.architectures == tolist(["arm64"])])
    error_message = "A new app's functions begin with the code that is in the bucket, on arm64."
  }

  assert {
    condition     = alltrue([for each in aws_cloudwatch_log_group.function : each.retention_in_days == 7])
    error_message = "A log group is not kept as long as the environment says."
  }
}

run "an_app_without_login" {
  command = plan

  module {
    source = "./modules/app"
  }

  variables {
    manifest = {
      app          = "pip"
      owner        = "me"
      region       = "us-east-1"
      environments = { dev = {} }
      functions    = { api = { trigger = "http_api", memory_mb = 256, timeout_s = 10 } }
    }
  }

  assert {
    condition     = keys(aws_apigatewayv2_route.app) == ["ANY /pip", "ANY /pip/{proxy+}"]
    error_message = "An app takes two of the API's 300 routes."
  }
}

run "one_function_for_http" {
  command = plan

  module {
    source = "./modules/app"
  }

  variables {
    manifest = {
      app          = "pip"
      owner        = "me"
      region       = "us-east-1"
      environments = { dev = {} }
      functions = {
        api  = { trigger = "http_api", memory_mb = 256, timeout_s = 10 }
        more = { trigger = "http_api", memory_mb = 256, timeout_s = 10 }
      }
    }
  }

  expect_failures = [var.manifest]
}
