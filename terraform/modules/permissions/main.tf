# What each service does with AWS, and nothing more, on every rung. user-service does nothing with it, so it has no role.
terraform {
  required_version = ">= 1.11"
}

locals {
  statements = {
    order = [{
      Sid      = "Send"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
      Resource = [var.queue_arn]
    }]
    notification = [
      {
        Sid      = "Consume"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
        Resource = [var.queue_arn]
      },
      {
        Sid      = "Redrive"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage"]
        Resource = [var.dlq_arn, var.queue_arn]
      },
    ]
  }
}
