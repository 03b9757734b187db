output "urls" {
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
  description = "Repository name to its URL, as images are named by it."
}

output "arns" {
  value       = [for repository in aws_ecr_repository.this : repository.arn]
  description = "ARNs of the repositories, for policies."
}
