output "host" {
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
  description = "Host name of the primary."
}

output "arn" {
  value       = aws_elasticache_replication_group.this.arn
  description = "ARN of the replication group."
}
