output "push_role_arn" {
  value       = aws_iam_role.push.arn
  description = "ARN of the role that pushes images."
}

output "plan_role_arn" {
  value       = aws_iam_role.plan.arn
  description = "ARN of the role that shows what Terraform would do."
}

output "terraform_role_arn" {
  value       = aws_iam_role.terraform.arn
  description = "ARN of the role that runs Terraform."
}
