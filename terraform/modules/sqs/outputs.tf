output "queue_url" {
  value       = aws_sqs_queue.this.url
  description = "URL of the queue."
}

output "queue_arn" {
  value       = aws_sqs_queue.this.arn
  description = "ARN of the queue, for policies."
}

output "dlq_url" {
  value       = aws_sqs_queue.dlq.url
  description = "URL of the dead-letter queue."
}

output "dlq_arn" {
  value       = aws_sqs_queue.dlq.arn
  description = "ARN of the dead-letter queue, for policies."
}
