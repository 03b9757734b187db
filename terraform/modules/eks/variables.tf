variable "name" {
  type        = string
  description = "Name of the cluster and prefix of what belongs to it."
  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$", var.name))
    error_message = "name must be 1 to 40 letters, digits, hyphens or underscores, and begin with a letter or digit."
  }
}

variable "kubernetes_version" {
  type        = string
  default     = "1.35"
  description = "Kubernetes, major and minor; one in EKS's standard support (1.35: until 27 March 2027)."
  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version must be a minor version such as 1.35: EKS brings the patches."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets, in two zones at least."
  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must be two subnets at least, in different zones."
  }
}

variable "public_access_cidrs" {
  type        = list(string)
  description = "Who may reach the API server from the internet; []: nobody, it answers in the network alone."
  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrnetmask(cidr))])
    error_message = "public_access_cidrs must be IPv4 ranges such as 203.0.113.7/32."
  }
  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : !endswith(cidr, "/0")])
    error_message = "public_access_cidrs must not be the whole internet: name your own addresses."
  }
}

variable "administrators" {
  type        = map(string)
  description = "Who administers the cluster: a word for it to the ARN of an IAM role or user."
  validation {
    condition     = alltrue([for arn in values(var.administrators) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "administrators must be ARNs like arn:aws:iam::<account>:role/<name>."
  }
}

variable "nodes" {
  type = object({
    instance_types = list(string)
    min            = number
    max            = number
    desired        = number
    capacity_type  = optional(string, "ON_DEMAND")
    ami_type       = optional(string, "AL2023_x86_64_STANDARD")
    disk_gib       = optional(number, 40)
  })
  description = "Nodes that are always there: their sizes (any of), how many, ON_DEMAND or SPOT, image, disk in GiB."
  validation {
    condition     = var.nodes.min >= 1 && var.nodes.min <= var.nodes.desired && var.nodes.desired <= var.nodes.max
    error_message = "nodes must have 1 <= min <= desired <= max."
  }
  validation {
    condition     = length(var.nodes.instance_types) > 0 && alltrue([for kind in var.nodes.instance_types : can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", kind))])
    error_message = "nodes.instance_types must name at least one type such as m7i.large."
  }
  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.nodes.capacity_type)
    error_message = "nodes.capacity_type must be ON_DEMAND or SPOT."
  }
  validation {
    condition     = var.nodes.disk_gib >= 20 && var.nodes.disk_gib <= 1000
    error_message = "nodes.disk_gib must be between 20 and 1000: images alone take 10."
  }
}

variable "log_retention_days" {
  type        = number
  default     = 30
  description = "Days that the control plane's logs are kept."
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days must be a number that CloudWatch Logs knows, such as 7, 30, 90 or 365."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Refuse deletion of the cluster."
}
