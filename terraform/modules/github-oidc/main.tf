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

# Shows what Terraform would do: reads everything, changes nothing. The state's secrets are among what it reads, so GitHub's
# environment <name>-plan should let in branches of people who may know them.
resource "aws_iam_role" "plan" {
  name                 = "${var.name}-plan"
  max_session_duration = 3600
  assume_role_policy   = jsonencode(local.trust["plan"])
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.plan.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy" "plan" {
  name = "secrets"
  role = aws_iam_role.plan.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Read", Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = var.secret_arns }]
  })
}

# Runs Terraform, once somebody let the job into the environment: it makes roles and keys, so it may do anything.
resource "aws_iam_role" "terraform" {
  name                 = "${var.name}-terraform"
  max_session_duration = 3600
  assume_role_policy   = jsonencode(local.trust["terraform"])
}

resource "aws_iam_role_policy_attachment" "terraform" {
  #checkov:skip=CKV_AWS_274:it makes roles and keys, so anything less could give itself the rest; the environment's reviewers are the guard
  role       = aws_iam_role.terraform.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

locals {
  subjects = {
    push      = "repo:${var.repository}:ref:refs/heads/${var.branch}"
    plan      = "repo:${var.repository}:environment:${var.environment}-plan"
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
