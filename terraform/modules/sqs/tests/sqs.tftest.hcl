mock_provider "aws" {
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:000000000000:mocked" }
  }
}

variables {
  name     = "order-queue"
  dlq_name = "order-dlq"
}

run "moves_to_the_dlq_after_three_receives" {
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 3
    error_message = "A message must move to the DLQ after 3 receives."
  }
  assert {
    condition     = aws_sqs_queue.dlq.message_retention_seconds == 14 * 24 * 3600
    error_message = "The DLQ must keep messages for 14 days."
  }
  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dlq.sqs_managed_sse_enabled
    error_message = "Both queues must be encrypted."
  }
  assert {
    condition     = length(aws_sqs_queue_policy.this) == 2
    error_message = "Both queues must refuse calls without TLS."
  }
}

run "refuses_a_name_that_sqs_refuses" {
  command = plan
  variables {
    name = "order queue"
  }
  expect_failures = [var.name]
}

run "refuses_no_receive_at_all" {
  command = plan
  variables {
    max_receive_count = 0
  }
  expect_failures = [var.max_receive_count]
}

run "refuses_a_retention_beyond_fourteen_days" {
  command = plan
  variables {
    dlq_retention_seconds = 1209601
  }
  expect_failures = [var.dlq_retention_seconds]
}

run "leaves_sending_and_receiving_to_named_roles" {
  variables {
    senders   = ["arn:aws:iam::123456789012:role/order"]
    consumers = ["arn:aws:iam::123456789012:role/notification"]
  }
  assert {
    condition     = [for s in jsondecode(aws_sqs_queue_policy.this["queue"].policy).Statement : s.Sid] == ["DenyWithoutTls", "DenyReceivingToOthers", "DenySendingToOthers"]
    error_message = "Sending and receiving must be denied to others."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.this["queue"].policy).Statement[1].Condition.ArnNotEquals["aws:PrincipalArn"] == ["arn:aws:iam::123456789012:role/notification"]
    error_message = "A sender must not receive."
  }
}

run "refuses_senders_without_consumers" {
  command = plan
  variables {
    senders = ["arn:aws:iam::123456789012:role/order"]
  }
  expect_failures = [var.senders]
}

run "refuses_a_consumer_that_is_no_role" {
  command = plan
  variables {
    senders   = ["arn:aws:iam::123456789012:role/order"]
    consumers = ["notification"]
  }
  expect_failures = [var.consumers]
}

run "refuses_a_dlq_name_that_sqs_refuses" {
  command = plan
  variables {
    dlq_name = "order dlq"
  }
  expect_failures = [var.dlq_name]
}

run "refuses_a_visibility_beyond_twelve_hours" {
  command = plan
  variables {
    visibility_timeout_seconds = 43201
  }
  expect_failures = [var.visibility_timeout_seconds]
}

run "refuses_a_retention_below_a_minute" {
  command = plan
  variables {
    retention_seconds = 59
  }
  expect_failures = [var.retention_seconds]
}

run "refuses_a_sender_that_is_no_role" {
  command = plan
  variables {
    senders   = ["order"]
    consumers = ["arn:aws:iam::123456789012:role/notification"]
  }
  expect_failures = [var.senders]
}
