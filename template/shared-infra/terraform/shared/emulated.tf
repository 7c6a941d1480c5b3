# What is left out on an emulator (MiniStack 1.5.33), in one place, each with its reason.
# All else is the same as on AWS.
locals {
  on_aws = {
    # It would wait 7 days before the name is free again, though nothing is worth keeping there.
    secret_recovery_days = var.emulated ? 0 : 7
    # Nothing lives long enough there to expire, and the provider waits 55 seconds to see it set.
    bucket_lifecycle = !var.emulated
    # It forgets the actions of an alarm that adds metrics up, so each apply would change it again.
    metric_math = !var.emulated
  }
}
