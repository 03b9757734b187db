variable "cluster_name" {
  type        = string
  description = "Name of the cluster, and prefix of what belongs to it."
  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$", var.cluster_name))
    error_message = "cluster_name must be 1 to 40 letters, digits, hyphens or underscores, and begin with a letter or digit."
  }
}

variable "oidc_provider_arn" {
  type        = string
  description = "ARN of the cluster's OIDC provider."
}

variable "oidc_issuer" {
  type        = string
  description = "The provider's issuer without https://."
}

variable "namespace" {
  type        = string
  default     = "karpenter"
  description = "Namespace of Karpenter's service account, which is called karpenter."
  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "namespace must be a Kubernetes name."
  }
}
