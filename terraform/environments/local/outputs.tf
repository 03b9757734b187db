output "queue_url" {
  value       = module.order_queue.queue_url
  description = "URL of order-queue."
}

output "dlq_url" {
  value       = module.order_queue.dlq_url
  description = "URL of order-dlq."
}

output "secret_arns" {
  value       = module.secrets.arns
  description = "Secret name to its ARN."
}

output "role_arns" {
  value       = { for service, role in module.service_roles : service => role.arn }
  description = "Service to the ARN of its role."
}
