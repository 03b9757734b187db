variables {
  queue_arn = "arn:aws:sqs:eu-central-1:123456789012:order-queue"
  dlq_arn   = "arn:aws:sqs:eu-central-1:123456789012:order-dlq"
}

run "order_may_only_send" {
  assert {
    condition     = output.statements.order[0].Action == ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"] && length(output.statements.order) == 1
    error_message = "order-service must not receive."
  }
}

run "nobody_may_make_or_empty_a_queue" {
  assert {
    condition = length(setintersection(
      flatten([for statements in output.statements : [for s in statements : s.Action]]),
      ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:PurgeQueue", "sqs:SetQueueAttributes"],
    )) == 0
    error_message = "Queues are Terraform's to make and change."
  }
}

run "refuses_a_queue_by_name" {
  command = plan
  variables {
    queue_arn = "order-queue"
  }
  expect_failures = [var.queue_arn]
}

run "refuses_a_dlq_by_name" {
  command = plan
  variables {
    dlq_arn = "order-dlq"
  }
  expect_failures = [var.dlq_arn]
}
