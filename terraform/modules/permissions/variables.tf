variable "queue_arn" {
  type        = string
  description = "ARN of order-queue."
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sqs:", var.queue_arn))
    error_message = "queue_arn must be a queue's ARN."
  }
}

variable "dlq_arn" {
  type        = string
  description = "ARN of order-dlq."
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sqs:", var.dlq_arn))
    error_message = "dlq_arn must be a queue's ARN."
  }
}
