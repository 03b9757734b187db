output "role_arn" {
  value       = module.controller_role.arn
  description = "ARN of the controller's role, for its service account's annotation."
}

output "node_role_name" {
  value       = aws_iam_role.node.name
  description = "Name of the nodes' role, for EC2NodeClass."
}

output "queue_name" {
  value       = aws_sqs_queue.this.name
  description = "Name of the queue that tells of interruptions, for Karpenter's settings."
}
