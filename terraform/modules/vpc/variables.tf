variable "name" {
  type        = string
  description = "Name of the network and prefix of what is in it."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,31}$", var.name))
    error_message = "name must be 1 to 32 lower-case letters, digits or hyphens, and begin with a letter."
  }
}

variable "cidr" {
  type        = string
  default     = "10.0.0.0/16"
  description = "Addresses of the network, a /16 to /20 of a private range."
  validation {
    condition     = can(cidrnetmask(var.cidr)) && can(regex("^(10|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168)\\..+/(1[6-9]|20)$", var.cidr))
    error_message = "cidr must be a private IPv4 range with a prefix of /16 to /20, such as 10.0.0.0/16."
  }
}

variable "availability_zones" {
  type        = list(string)
  description = "Zones, such as [\"eu-central-1a\", \"eu-central-1b\"]; each gets a public and a private subnet."
  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 4 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones must be 2 to 4 different zones: EKS and RDS ask for two."
  }
}

variable "single_nat_gateway" {
  type        = bool
  description = "One NAT gateway in all (cheap; a lost zone takes the way out with it), or one in each zone."
}

variable "cluster_name" {
  type        = string
  description = "Cluster whose nodes Karpenter may place in the private subnets."
}

variable "interface_endpoints" {
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr"]
  description = "Services reached without a NAT gateway, each paid by zone and hour."
  validation {
    condition     = alltrue([for name in var.interface_endpoints : can(regex("^[a-z0-9.-]+$", name)) && name != "s3"])
    error_message = "interface_endpoints must be services' names such as ecr.api; S3 has a gateway endpoint, which costs nothing."
  }
}

variable "flow_log_retention_days" {
  type        = number
  default     = 30
  description = "Days that flow logs are kept."
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.flow_log_retention_days)
    error_message = "flow_log_retention_days must be a number that CloudWatch Logs knows, such as 7, 30, 90 or 365."
  }
}
