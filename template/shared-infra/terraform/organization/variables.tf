variable "activate_cost_tags" {
  description = "Whether bills are split by the tags. AWS refuses it until a resource has borne them for a day: set it then, here and not in terraform/account."
  type        = bool
  default     = false
}
