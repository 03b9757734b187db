output "platform" {
  value       = module.platform
  description = "All that gitops/ and `aws.kubeconfig` need: cluster, image URLs, roles, buckets, hosts, queues."
}
