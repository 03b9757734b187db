# Secrets Manager secrets, each a JSON object. Names are no secret; values are, and stay out of every output.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:a rotation must reach the pods and prove it (secrets.rotate); one that a timer starts would not
  for_each                = nonsensitive(toset(keys(var.secrets)))
  name                    = each.key
  kms_key_id              = var.kms_key_id
  recovery_window_in_days = var.recovery_window_in_days
}

resource "aws_secretsmanager_secret_version" "this" {
  for_each      = aws_secretsmanager_secret.this
  secret_id     = each.value.id
  secret_string = jsonencode(var.secrets[each.key])
  lifecycle {
    ignore_changes = [secret_string] # Terraform gives the first value; from then on it is rotation's
  }
}
