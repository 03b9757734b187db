output "host" {
  value       = aws_db_instance.this.address
  description = "Host name of the instance."
}

output "arn" {
  value       = aws_db_instance.this.arn
  description = "ARN of the instance."
}

output "master_user" {
  value       = local.master
  description = "Name of the master user."
}

output "master_secret_arn" {
  value       = one(aws_db_instance.this.master_user_secret[*].secret_arn)
  description = "ARN of the secret in which AWS keeps the master user's name and password."
}

output "deletion_protection" {
  value       = aws_db_instance.this.deletion_protection
  description = "Whether the instance refuses to be deleted."
}
