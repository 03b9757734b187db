variable "name" {
  type        = string
  description = "Name of the instance."
  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name)) && length(var.name) <= 50
    error_message = "name must be up to 50 lower-case letters, digits or single hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "engine_version" {
  type        = string
  default     = "17"
  description = "Major version of PostgreSQL."
  validation {
    condition     = can(regex("^1[4-9]$", var.engine_version))
    error_message = "engine_version must be a major version alone, such as 17: minor versions come by themselves."
  }
}

variable "instance_class" {
  type        = string
  description = "Size of the instance, such as db.t4g.micro."
  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "instance_class must be like db.t4g.micro."
  }
}

variable "allocated_storage" {
  type        = number
  default     = 20
  description = "Storage in GiB at first."
  validation {
    condition     = var.allocated_storage >= 20 && var.allocated_storage <= 65536
    error_message = "allocated_storage must be between 20 and 65536 GiB: gp3 begins at 20."
  }
}

variable "max_allocated_storage" {
  type        = number
  default     = 100
  description = "Storage in GiB up to which it grows by itself."
  validation {
    condition     = var.max_allocated_storage > var.allocated_storage
    error_message = "max_allocated_storage must be more than allocated_storage, or storage can't grow."
  }
}

variable "database" {
  type        = string
  description = "Database that is made with the instance."
  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,62}$", var.database))
    error_message = "database must be 1 to 63 letters, digits or underscores, and begin with a letter."
  }
}

variable "vpc_id" {
  type        = string
  description = "Network of the instance."
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

variable "parameters" {
  type        = map(string)
  default     = {}
  description = "Parameters beside those that are always set."
  validation {
    condition     = lookup(var.parameters, "rds.force_ssl", "1") == "1"
    error_message = "parameters must leave rds.force_ssl at 1: passwords don't travel in the clear."
  }
}

variable "multi_az" {
  type        = bool
  description = "A standby in another zone that takes over by itself."
}

variable "deletion_protection" {
  type        = bool
  description = "Refuse deletion; without it, nothing of the data is kept at deletion either."
}

variable "backup_retention_days" {
  type        = number
  default     = 7
  description = "Days that can be gone back to."
  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35
    error_message = "backup_retention_days must be between 1 and 35: 0 is no backup at all."
  }
}

variable "kms_key_id" {
  type        = string
  default     = null
  description = "ARN of the key for storage; without one, the account's own for RDS."
}
