variable "environment" {
  description = "Which shared environment this is: dev or staging."
  type        = string

  validation {
    condition     = contains(["dev", "staging"], var.environment)
    error_message = "Expected dev or staging: prod is not shared."
  }
}

variable "log_retention_days" {
  description = "How many days the log groups of all apps are kept."
  type        = number
}

variable "requests_per_second" {
  description = "How many requests a second each API lets through, all its apps together: a brake on cost."
  type        = number
}

variable "burst_requests" {
  description = "How many requests may come at once."
  type        = number
}

variable "read_units_per_second" {
  description = "How many read units a second the table and its index each give at most: a brake on cost."
  type        = number
}

variable "write_units_per_second" {
  description = "How many write units a second the table and its index each give at most: a brake on cost."
  type        = number
}

variable "allowed_origins" {
  description = "From which sites a browser may call the API, as https://…; * is every site."
  type        = list(string)
  default     = ["*"]
}

variable "deletion_protection" {
  description = "Whether the table and the user pool refuse to be deleted."
  type        = bool
  default     = true
}

variable "emulated" {
  description = "Whether this runs on an emulator; emulated.tf lists what is left out then."
  type        = bool
  default     = false
}

variable "guard_package" {
  description = "The zip of the guard's code, which tools/guard_package.py makes."
  type        = string
  default     = "../../build/guard.zip"
}

variable "usd_per_million_reads" {
  description = "What a million read units cost, for the guard's alarm: us-east-1, on demand."
  type        = number
  default     = 0.125
}

variable "usd_per_million_writes" {
  description = "What a million write units cost, for the guard's alarm: us-east-1, on demand."
  type        = number
  default     = 0.625
}
