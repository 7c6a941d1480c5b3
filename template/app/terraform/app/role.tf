# One role for all functions of the app: it reaches what bears the app's name, and no more.
resource "aws_iam_role" "app" {
  count = local.has_functions ? 1 : 0

  name                 = local.name
  description          = "What the functions of ${local.app} may do in ${var.environment}"
  permissions_boundary = var.shared["permissions-boundary-arn"]
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "app" {
  count = local.has_functions ? 1 : 0

  name = local.name
  role = aws_iam_role.app[0].id
  policy = jsonencode(jsondecode(templatefile("${path.module}/policy.json.tftpl", {
    account        = data.aws_caller_identity.current.account_id
    app            = local.app
    environment    = var.environment
    function_names = [for name in keys(local.functions) : "${local.name}-${name}"]
    has_parameters = length(local.parameters) + length(local.own_parameters) > 0
    model          = local.has_ai ? var.manifest.ai.model : ""
    partition      = data.aws_partition.current.partition
    queue_names    = [for name in keys(local.of_trigger.queue) : "${local.name}-${name}"]
    region         = var.manifest.region
    secret_names   = local.secret_names
    shared_names   = local.shared_parameters
    table_arn      = var.shared["table-arn"]
  })))
}
