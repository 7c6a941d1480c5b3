# What is left out on an emulator (MiniStack 1.5.33), in one place, each with its reason.
locals {
  on_aws = {
    # It has no Cost Explorer.
    cost_explorer = !var.emulated
  }
}
