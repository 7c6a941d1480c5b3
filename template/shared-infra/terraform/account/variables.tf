variable "emulated" {
  description = "Whether this runs on an emulator; emulated.tf lists what is left out then."
  type        = bool
  default     = false
}

variable "activate_cost_tags" {
  description = "Whether bills are split by the tags. AWS refuses it until a resource has borne them for a day: set it then."
  type        = bool
  default     = false
}

variable "anomaly_monitor_arn" {
  description = "The account's monitor of services, if AWS has made one already (an account may have only one). Empty makes one."
  type        = string
  default     = ""
}

variable "github_provider_exists" {
  description = "Whether the account trusts GitHub's tokens already; one account can have that only once."
  type        = bool
  default     = false
}

variable "usd_per_million_invocations" {
  description = "What a million invocations cost, for the alarm: $0.20 for themselves, $1.00 for the API's requests, $0.67 for 0.2 s of 256 MB each, on arm64 in us-east-1, with no free tier."
  type        = number
  default     = 1.87
}

variable "github_repo" {
  description = "This repo on GitHub, for the role of spend.yml. Empty takes github_org of fleet.yaml and this folder's name."
  type        = string
  default     = ""
}
