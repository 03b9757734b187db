variable "name" {
  type        = string
  description = "Name of the replication group."
  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name)) && length(var.name) <= 40
    error_message = "name must be up to 40 lower-case letters, digits or single hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "engine_version" {
  type        = string
  default     = "8.0"
  description = "Version of Valkey, major and minor."
  validation {
    condition     = can(regex("^([89]\\.[0-9]+|7\\.2)$", var.engine_version))
    error_message = "engine_version must be a version of Valkey such as 8.0."
  }
}

variable "node_type" {
  type        = string
  description = "Size of a node, such as cache.t4g.micro."
  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.node_type))
    error_message = "node_type must be like cache.t4g.micro."
  }
}

variable "nodes" {
  type        = number
  description = "Nodes in all: 1, or a primary with replicas in other zones that take over by themselves."
  validation {
    condition     = var.nodes >= 1 && var.nodes <= 6 && floor(var.nodes) == var.nodes
    error_message = "nodes must be between 1 and 6."
  }
}

variable "vpc_id" {
  type        = string
  description = "Network of the nodes."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets, in two zones at least."
  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must be two subnets at least, in different zones."
  }
}

variable "client_security_groups" {
  type        = map(string)
  description = "Who may connect: a word for it to the id of its security group."
}

variable "auth_token" {
  type        = string
  sensitive   = true
  description = "Password that clients give."
  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>-]{16,128}$", var.auth_token))
    error_message = "auth_token must be 16 to 128 letters, digits or any of !&#$^<>-"
  }
}

variable "snapshot_retention_days" {
  type        = number
  default     = 0
  description = "Days that daily snapshots are kept; 0: none, as nothing is lost with the cache but repeats are avoided by it."
  validation {
    condition     = var.snapshot_retention_days >= 0 && var.snapshot_retention_days <= 35
    error_message = "snapshot_retention_days must be between 0 and 35."
  }
}
