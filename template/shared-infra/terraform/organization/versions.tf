terraform {
  required_version = ">= 1.11" # write-only arguments, and S3 locks without a table

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }

  # Bucket, key and region come from `make deploy`: the key is shared/organization.
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}
