output "prod_account" {
  description = "The id of each app's own account. Whoever may assume the role OrganizationAccountAccessRole there administers it."
  value       = { for app, account in aws_organizations_account.prod : app => account.id }
}

output "free_tier" {
  description = "What splitting into accounts does for free tiers: nothing."
  value       = "one for the whole organization, taken once; its ${length(local.prod) + length(local.shared) + 1} accounts share it, and more would add none"
}
