# One table for all apps: the keys of an app's rows, and of its rows in the index, start with <app>#.
resource "aws_dynamodb_table" "shared" {
  name                        = local.prefix
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection
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

    on_demand_throughput {
      max_read_request_units  = var.read_units_per_second
      max_write_request_units = var.write_units_per_second
    }
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  on_demand_throughput {
    max_read_request_units  = var.read_units_per_second
    max_write_request_units = var.write_units_per_second
  }
}
