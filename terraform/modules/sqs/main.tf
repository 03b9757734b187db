# A queue with its dead-letter queue: what can't be consumed moves there after `max_receive_count` receives.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

resource "aws_sqs_queue" "dlq" {
  name                      = var.dlq_name
  message_retention_seconds = var.dlq_retention_seconds
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "this" {
  name                       = var.name
  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = var.retention_seconds
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dlq.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "this" {
  queue_url = aws_sqs_queue.dlq.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.this.arn]
  })
}

# Who may do what, said at the queues too: nothing without TLS, and where senders and consumers are named, nobody else.
locals {
  tls = {
    Sid       = "DenyWithoutTls"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }
  named = concat(var.senders, var.consumers)
  # A denial by role holds for its sessions too, which carry the role as aws:PrincipalArn.
  restricted = [
    for sid, rule in {
      DenySendingToOthers   = { actions = ["sqs:SendMessage"], allowed = local.named } # a consumer's redrive sends too
      DenyReceivingToOthers = { actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:PurgeQueue"], allowed = var.consumers }
      } : {
      Sid       = sid
      Effect    = "Deny"
      Principal = "*"
      Action    = rule.actions
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = rule.allowed }, Bool = { "aws:PrincipalIsAWSService" = "false" } }
    }
  ]
  statements = concat(var.deny_without_tls ? [jsonencode(local.tls)] : [], length(var.senders) > 0 ? [for s in local.restricted : jsonencode(s)] : [])
}

resource "aws_sqs_queue_policy" "this" {
  for_each  = length(local.statements) > 0 ? { queue = aws_sqs_queue.this, dlq = aws_sqs_queue.dlq } : {}
  queue_url = each.value.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for s in local.statements : merge(jsondecode(s), { Resource = each.value.arn })]
  })
}
