variable "environment" {
  type        = string
  description = "Name of the environment: dev or prod."
  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment must be dev or prod."
  }
}

variable "protected" {
  type        = bool
  description = "Whether what is here must outlive mistakes: deletion refused, a standby and a NAT gateway in each zone, secrets restorable."
}

variable "cidr" {
  type        = string
  description = "Addresses of the network."
}

variable "zones" {
  type        = list(string)
  description = "Letters of the region's zones, two at least."
  validation {
    condition     = alltrue([for letter in var.zones : can(regex("^[a-f]$", letter))])
    error_message = "zones must be letters such as a and b."
  }
}

variable "kubernetes_version" {
  type        = string
  description = "Kubernetes, major and minor."
}

variable "public_access_cidrs" {
  type        = list(string)
  description = "Who may reach the API server from the internet; []: nobody."
}

variable "administrators" {
  type        = map(string)
  description = "Who administers the cluster: a word for it to the ARN of an IAM role or user."
}

variable "nodes" {
  type = object({
    instance_types = list(string)
    min            = number
    max            = number
    desired        = number
    capacity_type  = optional(string, "ON_DEMAND")
    disk_gib       = optional(number, 40)
  })
  description = "Nodes that are always there; Karpenter brings the others."
}

variable "database" {
  type = object({
    instance_class = string
    storage_gib    = number
    engine_version = optional(string, "17")
  })
  description = "PostgreSQL: size, storage in GiB at first (it grows to five times that), major version."
}

variable "cache" {
  type = object({
    node_type = string
    nodes     = number
  })
  description = "Valkey: size of a node, and how many."
}

variable "log_retention_days" {
  type        = number
  description = "Days that logs are kept."
}

variable "github_repository" {
  type        = string
  description = "Repository on GitHub whose workflows push and apply, owner/name; \"\": none."
}
