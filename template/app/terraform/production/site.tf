# The static site: /<app>/ is sites/<app>/index.html of the bucket.
# CloudFront's first 1 TB and 10 million requests a month are free.
resource "aws_cloudfront_distribution" "site" {
  count = local.has_site ? 1 : 0

  enabled             = true
  comment             = "Static site of ${local.name}"
  price_class         = "PriceClass_100"
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  wait_for_deployment = false
  tags                = local.tags

  origin {
    origin_id                = "sites"
    domain_name              = aws_s3_bucket.own.bucket_regional_domain_name
    origin_path              = "/sites"
    origin_access_control_id = aws_cloudfront_origin_access_control.site[0].id
  }

  default_cache_behavior {
    target_origin_id       = "sites"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6" # AWS's "CachingOptimized"

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.index[0].arn
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

resource "aws_cloudfront_origin_access_control" "site" {
  count = local.has_site ? 1 : 0

  name                              = local.name
  description                       = "Lets only CloudFront read the bucket"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "index" {
  count = local.has_site ? 1 : 0

  name    = "${local.name}-index"
  runtime = "cloudfront-js-2.0"
  comment = "Gives index.html for a folder"
  publish = true
  code    = <<-JS
    function handler(event) {
      var request = event.request;
      if (request.uri.endsWith('/')) {
        request.uri += 'index.html';
      } else if (!request.uri.split('/').pop().includes('.')) {
        return { statusCode: 302, headers: { location: { value: request.uri + '/' } } };
      }
      return request;
    }
  JS
}

resource "aws_s3_bucket_policy" "site" {
  count = local.has_site ? 1 : 0

  bucket = aws_s3_bucket.own.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "CloudFrontReadsSites"
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.own.arn}/sites/*"
      Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.site[0].arn } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.own]
}
