locals {
  site_files = local.has_site && var.site != null ? fileset(var.site, "**") : toset([])
  content_types = {
    css         = "text/css", html = "text/html", ico = "image/x-icon", jpg = "image/jpeg", js = "text/javascript"
    json        = "application/json", png = "image/png", svg = "image/svg+xml", txt = "text/plain"
    webmanifest = "application/manifest+json", webp = "image/webp", woff2 = "font/woff2", xml = "application/xml"
  }
}

resource "aws_s3_object" "site" {
  for_each = local.site_files

  bucket        = var.shared["bucket"]
  key           = "sites/${local.app}/${each.value}"
  source        = "${var.site}/${each.value}"
  source_hash   = filemd5("${var.site}/${each.value}")
  content_type  = lookup(local.content_types, lower(reverse(split(".", each.value))[0]), "application/octet-stream")
  cache_control = endswith(each.value, ".html") ? "no-cache" : "public, max-age=3600"
  tags          = local.tags
}
