variable "manifest" {
  description = "The app's manifest: app.yaml, decoded."
  type        = any

  validation {
    condition     = contains(keys(var.manifest.environments), var.environment)
    error_message = "app.yaml has no environment ${var.environment}; it has ${join(", ", keys(var.manifest.environments))}. Add it there, under `environments`."
  }

  validation {
    condition = length([
      for function in values(try(var.manifest.functions, {})) : function if function.trigger == "http_api"
    ]) <= 1
    error_message = "app.yaml has more than one function with `trigger: http_api`. Expected at most one, because all routes of an app go to it."
  }
}

variable "environment" {
  description = "dev, staging or prod."
  type        = string
}

variable "shared" {
  description = "What the shared infrastructure publishes at /shared/<environment>/, by name."
  type        = map(string)
}

variable "own_secrets" {
  description = "Whether all secrets are the app's own, <app>/<environment>/<name> in Secrets Manager, and made elsewhere: so it is in prod."
  type        = bool
  default     = false
}

variable "login_client_id" {
  description = "The app's client of the shared user pool, from the module login/; null without login."
  type        = string
  default     = null
}

variable "package" {
  description = "The zip that Lambda runs. Without one the code is not Terraform's (topology monorepo): the functions begin with `first_code`, and the app's repo updates them."
  type        = string
  default     = null
}

variable "first_code" {
  description = "The key in the shared bucket of what functions run until the app's repo has deployed its code."
  type        = string
  default     = null
}

variable "site" {
  description = "The folder of the static site. Without one the app's repo uploads it (topology monorepo)."
  type        = string
  default     = null
}

variable "architecture" {
  description = "The processor of all functions, in place of what the manifest says."
  type        = string
  default     = null

  validation {
    condition     = var.architecture == null || contains(["arm64", "x86_64"], coalesce(var.architecture, "arm64"))
    error_message = "Expected arm64 or x86_64."
  }
}

variable "template_version" {
  description = "The version of Tenner that the app was made with: a tag."
  type        = string
  default     = "unknown"
}
