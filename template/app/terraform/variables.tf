variable "environment" {
  description = "Which environment of ../app.yaml is made: dev or staging."
  type        = string

  validation {
    condition     = contains(["dev", "staging"], var.environment)
    error_message = "Expected dev or staging: prod shares nothing and has an account of its own."
  }
}

variable "package" {
  description = "The zip that Lambda runs, as `make package` builds it."
  type        = string
  default     = "../build/app.zip"
}

variable "architecture" {
  description = "The processor of all functions, in place of what ../app.yaml says: an emulator runs them on its own."
  type        = string
  default     = null
}
