# The IAM role of one Kubernetes service account, by OIDC: only its pods may take it, and it may do only what `statements` says.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

locals {
  subject = "system:serviceaccount:${var.namespace}:${var.service_account}"
}

resource "aws_iam_role" "this" {
  name = var.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = var.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${var.oidc_issuer}:aud" = "sts.amazonaws.com"
          "${var.oidc_issuer}:sub" = local.subject
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  count = length(var.statements) > 0 ? 1 : 0
  name  = var.name
  role  = aws_iam_role.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for s in var.statements : { for key, value in s : key => value if value != null }]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = var.policy_arns
  role       = aws_iam_role.this.name
  policy_arn = each.key
}
