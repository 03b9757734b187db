output "arn" {
  value       = aws_iam_role.this.arn
  description = "ARN of the role, for the service account's annotation."
}
