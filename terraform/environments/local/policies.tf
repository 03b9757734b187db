# What each service does with AWS, and nothing more. user-service does nothing with it, so it has no role.
locals {
  statements = {
    order = [{
      Sid      = "Send"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
      Resource = [module.order_queue.queue_arn]
    }]
    notification = [
      {
        Sid      = "Consume"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
        Resource = [module.order_queue.queue_arn]
      },
      {
        Sid      = "Redrive"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage"]
        Resource = [module.order_queue.dlq_arn, module.order_queue.queue_arn]
      },
    ]
  }
}
