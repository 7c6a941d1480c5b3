variable "profile" {
  description = "What prod brings to this app: `make plan ENV=prod` takes it from `tenner env . --format terraform`."
  type = object({
    log_retention_days     = number
    billing_mode           = string
    point_in_time_recovery = bool
    deletion_protection    = bool
    key                    = string
    alarms                 = bool
    dashboard              = bool
    rotation_days          = number
    rotate                 = list(string)
    custom_domain          = string
    alert_email            = string
    budget_usd             = number
    auto_scaling = object({
      target_percent    = number
      cooldown_s        = number
      least_read_units  = number
      most_read_units   = number
      least_write_units = number
      most_write_units  = number
    })
    archive = optional(object({
      infrequent_access_days = number
      glacier_days           = number
      deep_archive_days      = number
      kept_days              = number
    }))
  })

  validation {
    condition     = contains(["PAY_PER_REQUEST", "PROVISIONED"], var.profile.billing_mode) && contains(["aws_owned", "aws_managed", "customer"], var.profile.key)
    error_message = "Expected the profile as `tenner env . --format terraform` prints it."
  }
}

variable "shared_account" {
  description = "The id of the account that dev and staging share, which prod must not be in. Empty where there is none."
  type        = string
  default     = ""
}

variable "package" {
  description = "The zip that Lambda runs, as `make package` builds it."
  type        = string
  default     = "../../build/app.zip"
}

variable "architecture" {
  description = "The processor of all functions, in place of what app.yaml says: an emulator runs them on its own."
  type        = string
  default     = null
}

variable "requests_per_second" {
  description = "The most requests a second that the API takes from all users together; more get 429."
  type        = number
  default     = 50
}

variable "burst_requests" {
  description = "The most requests at one moment."
  type        = number
  default     = 100
}

variable "units_per_second" {
  description = "The most reads, and the most writes, a second of a table on demand: what a runaway may cost at most."
  type        = number
  default     = 1000
}

variable "allowed_origins" {
  description = "Which sites' pages may call the API from a browser."
  type        = list(string)
  default     = ["*"]
}

variable "emulated" {
  description = "Whether this runs on an emulator; main.tf lists what is left out then."
  type        = bool
  default     = false
}
