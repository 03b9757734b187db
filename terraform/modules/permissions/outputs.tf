output "statements" {
  value       = local.statements
  description = "Service to the statements of its role, for module irsa."
}
