output "name" {
  value       = aws_eks_cluster.this.name
  description = "Name of the cluster."
}

output "endpoint" {
  value       = aws_eks_cluster.this.endpoint
  description = "URL of the API server."
}

output "certificate_authority" {
  value       = aws_eks_cluster.this.certificate_authority[0].data
  description = "The API server's certificate authority, base64."
}

output "security_group_id" {
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  description = "Security group of the control plane and of every node: who lets it in lets the pods in."
}

output "oidc_provider_arn" {
  value       = aws_iam_openid_connect_provider.this.arn
  description = "ARN of the cluster's OIDC provider, for module irsa."
}

output "oidc_issuer" {
  value       = local.oidc_issuer
  description = "The provider's issuer without https://, for module irsa."
}
