variable "name" {
  description = "<app>-<environment>."
  type        = string
}

variable "user_pool_id" {
  description = "The shared user pool."
  type        = string
}
