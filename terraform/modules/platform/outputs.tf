output "account" {
  value       = local.account
  description = "Account that everything is in."
}

output "region" {
  value       = data.aws_region.this.region
  description = "Region that everything is in."
}

output "cluster" {
  value = {
    name                  = module.eks.name
    endpoint              = module.eks.endpoint
    certificate_authority = module.eks.certificate_authority
  }
  description = "What a kubeconfig needs: name, URL of the API server, its certificate authority (base64)."
}

output "vpc_id" {
  value       = module.vpc.id
  description = "Id of the network, for AWS Load Balancer Controller."
}

output "image_urls" {
  value       = module.ecr.urls
  description = "Repository name to its URL, for kustomize's images."
}

output "role_arns" {
  value       = merge({ for account, role in module.roles : account => role.arn }, { karpenter = module.karpenter.role_arn })
  description = "Service account to the ARN of its role, for annotations."
}

output "karpenter" {
  value       = { node_role = module.karpenter.node_role_name, queue = module.karpenter.queue_name }
  description = "What EC2NodeClass and Karpenter's settings name."
}

output "buckets" {
  value       = { for use, bucket in module.buckets : use => bucket.name }
  description = "Use to the name of its bucket."
}

output "hosts" {
  value       = { database = module.database.host, cache = module.cache.host }
  description = "Host names of PostgreSQL and Valkey."
}

output "database_secret_arn" {
  value       = module.database.master_secret_arn
  description = "ARN of the secret that AWS keeps PostgreSQL's master password in."
}

output "database_deletion_protection" {
  value       = module.database.deletion_protection
  description = "Whether PostgreSQL refuses to be deleted."
}

output "queue_urls" {
  value       = { queue = module.order_queue.queue_url, dlq = module.order_queue.dlq_url }
  description = "URLs of order-queue and order-dlq."
}

output "ci_role_arns" {
  value       = one([for ci in module.ci : { push = ci.push_role_arn, plan = ci.plan_role_arn, terraform = ci.terraform_role_arn }])
  description = "Roles of the workflows; null without a repository."
}
