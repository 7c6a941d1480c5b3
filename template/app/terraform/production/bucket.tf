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

      # A file that is deleted before it would move needs no move.
      dynamic "transition" {
        for_each = {
          for class, days in {
            STANDARD_IA  = rule.value.infrequent_access_days
            GLACIER      = rule.value.glacier_days
            DEEP_ARCHIVE = rule.value.deep_archive_days
          } : class => days if rule.value.kept_days == 0 || days < rule.value.kept_days
        }
        content {
          days          = transition.value
          storage_class = transition.key
        }
      }

      dynamic "expiration" {
        for_each = rule.value.kept_days == 0 ? [] : [rule.value.kept_days]
        content {
          days = expiration.value
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.own]
}
