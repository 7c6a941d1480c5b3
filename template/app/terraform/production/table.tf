# The same keys as the shared table, so that the app's code and rows need no change.
locals {
  has_capacity = var.profile.billing_mode == "PROVISIONED"
  scaling      = var.profile.auto_scaling
}

resource "aws_dynamodb_table" "own" {
  count = local.has_functions ? 1 : 0

  name                        = local.name
  billing_mode                = var.profile.billing_mode
  read_capacity               = local.has_capacity ? local.scaling.least_read_units : null
  write_capacity              = local.has_capacity ? local.scaling.least_write_units : null
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.profile.deletion_protection
  tags                        = local.tags

  dynamic "attribute" {
    for_each = ["pk", "sk", "gsi1pk", "gsi1sk"]
    content {
      name = attribute.value
      type = "S"
    }
  }

  global_secondary_index {
    name            = "gsi1"
    hash_key        = "gsi1pk"
    range_key       = "gsi1sk"
    projection_type = "ALL"
    read_capacity   = local.has_capacity ? local.scaling.least_read_units : null
    write_capacity  = local.has_capacity ? local.scaling.least_write_units : null

    dynamic "on_demand_throughput" {
      for_each = local.has_capacity ? [] : [var.units_per_second]
      content {
        max_read_request_units  = on_demand_throughput.value
        max_write_request_units = on_demand_throughput.value
      }
    }
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.profile.point_in_time_recovery
  }

  dynamic "server_side_encryption" {
    for_each = var.profile.key == "aws_owned" ? [] : [var.profile.key]
    content {
      enabled     = true
      kms_key_arn = one(aws_kms_key.own[*].arn)
    }
  }

  dynamic "on_demand_throughput" {
    for_each = local.has_capacity ? [] : [var.units_per_second]
    content {
      max_read_request_units  = on_demand_throughput.value
      max_write_request_units = on_demand_throughput.value
    }
  }

  lifecycle {
    # Auto scaling changes them between two applies.
    ignore_changes = [read_capacity, write_capacity, global_secondary_index]
  }
}

locals {
  scaled = local.has_capacity && local.has_functions && local.on_aws.auto_scaling ? {
    for each in setproduct(["table", "index"], ["Read", "Write"]) : "${each[0]} ${lower(each[1])}" => {
      resource  = each[0] == "table" ? "table/${local.name}" : "table/${local.name}/index/gsi1"
      dimension = "dynamodb:${each[0]}:${each[1]}CapacityUnits"
      metric    = "DynamoDB${each[1]}CapacityUtilization"
      least     = each[1] == "Read" ? local.scaling.least_read_units : local.scaling.least_write_units
      most      = each[1] == "Read" ? local.scaling.most_read_units : local.scaling.most_write_units
    }
  } : {}
}

resource "aws_appautoscaling_target" "table" {
  for_each = local.scaled

  service_namespace  = "dynamodb"
  resource_id        = each.value.resource
  scalable_dimension = each.value.dimension
  min_capacity       = each.value.least
  max_capacity       = each.value.most
  tags               = local.tags

  depends_on = [aws_dynamodb_table.own]
}

resource "aws_appautoscaling_policy" "table" {
  for_each = local.scaled

  name               = "${local.name} ${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "dynamodb"
  resource_id        = aws_appautoscaling_target.table[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.table[each.key].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = local.scaling.target_percent
    scale_in_cooldown  = local.scaling.cooldown_s
    scale_out_cooldown = local.scaling.cooldown_s

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }
}

# A key of one's own costs $1 a month: only where app.yaml says `key: customer`.
resource "aws_kms_key" "own" {
  count = var.profile.key == "customer" && local.has_functions ? 1 : 0

  description             = "The table of ${local.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ThisAccountManagesIt"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "WhoMayUseTheTable"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "kms:CallerAccount" = local.account_id
            "kms:ViaService"    = "dynamodb.${local.region}.amazonaws.com"
          }
        }
      },
    ]
  })
}
