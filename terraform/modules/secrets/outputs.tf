output "arns" {
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }
  description = "Secret name to its ARN, for policies and for External Secrets."
}
