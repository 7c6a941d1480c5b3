# sites/ for the static site, archive/ for what is kept long and read seldom.
resource "aws_s3_bucket" "own" {
  bucket        = "${local.name}-${local.account_id}"
  force_destroy = !var.profile.deletion_protection # else AWS keeps a bucket with files in it
  tags          = local.tags
}

resource "aws_s3_bucket_public_access_block" "own" {
  bucket                  = aws_s3_bucket.own.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "own" {
  bucket = aws_s3_bucket.own.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "own" {
  bucket = aws_s3_bucket.own.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256" # S3's own key, which costs nothing
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "own" {
  count = local.on_aws.bucket_lifecycle ? 1 : 0

  bucket = aws_s3_bucket.own.id

  rule {
    id     = "unfinished-uploads-and-old-versions"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  dynamic "rule" {
    for_each = var.profile.archive == null ? [] : [var.profile.archive]
    content {
      id     = "archive"
      status = "Enabled"

      filter {
        prefix = "archive/"
      }

      transition {
        days          = rule.value.infrequent_access_days
        storage_class = "STANDARD_IA"
      }

      transition {
        days          = rule.value.glacier_days
        storage_class = "GLACIER"
      }

      transition {
        days          = rule.value.deep_archive_days
        storage_class = "DEEP_ARCHIVE"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.own]
}
