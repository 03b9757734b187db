# Image repositories: a tag never changes what it names, each push is scanned, old images go.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

resource "aws_ecr_repository" "this" {
  #checkov:skip=CKV_AWS_136:images are built from a public repository; S3's own keys will do
  for_each             = var.names
  name                 = each.key
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_delete
  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each   = aws_ecr_repository.this
  repository = each.value.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Images without a tag"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = var.untagged_days }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "All but the newest"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = var.keep }
        action       = { type = "expire" }
      },
    ]
  })
}
