# What GitHub Actions may do here, without a key to keep: a job proves its repository and branch or environment by a token.
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
  issuer = "token.actions.githubusercontent.com"
}

resource "aws_iam_openid_connect_provider" "this" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

# Pushes images, from one branch of one repository; nothing else.
resource "aws_iam_role" "push" {
  name                 = "${var.name}-push"
  max_session_duration = 3600
  assume_role_policy   = jsonencode(local.trust["push"])
}

resource "aws_iam_role_policy" "push" {
  name = "push"
  role = aws_iam_role.push.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "LogIn", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = "*" },
      {
        Sid    = "Push"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
          "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = var.repository_arns
      },
    ]
  })
}

# Runs Terraform, once somebody let the job into the environment: it makes roles and keys, so it may do anything.
resource "aws_iam_role" "terraform" {
  name                 = "${var.name}-terraform"
  max_session_duration = 3600
  assume_role_policy   = jsonencode(local.trust["terraform"])
}

resource "aws_iam_role_policy_attachment" "terraform" {
  role       = aws_iam_role.terraform.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

locals {
  subjects = {
    push      = "repo:${var.repository}:ref:refs/heads/${var.branch}"
    terraform = "repo:${var.repository}:environment:${var.environment}"
  }
  trust = {
    for name, subject in local.subjects : name => {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Federated = aws_iam_openid_connect_provider.this.arn }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = { StringEquals = { "${local.issuer}:aud" = "sts.amazonaws.com", "${local.issuer}:sub" = subject } }
      }]
    }
  }
}
