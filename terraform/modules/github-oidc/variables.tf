variable "name" {
  type        = string
  description = "Prefix of the roles' names."
  validation {
    condition     = can(regex("^[a-zA-Z0-9+=,.@_-]{1,50}$", var.name))
    error_message = "name must be 1 to 50 letters, digits or any of +=,.@_-"
  }
}

variable "repository" {
  type        = string
  description = "Repository on GitHub, owner/name."
  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be owner/name, without wildcards: a token of any other repository must not fit."
  }
}

variable "branch" {
  type        = string
  default     = "main"
  description = "Branch whose jobs may push images."
  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "branch must be one branch's name, without wildcards."
  }
}

variable "environment" {
  type        = string
  description = "GitHub environment whose jobs may run Terraform; its protection rules decide who lets them in."
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.environment))
    error_message = "environment must be one environment's name, without wildcards."
  }
}

variable "repository_arns" {
  type        = list(string)
  description = "ECR repositories that may be pushed to."
  validation {
    condition     = length(var.repository_arns) > 0 && !contains(var.repository_arns, "*")
    error_message = "repository_arns must name each repository."
  }
}

variable "secret_arns" {
  type        = list(string)
  description = "Secrets that a plan reads, as ARNs or patterns of them."
  validation {
    condition     = length(var.secret_arns) > 0 && alltrue([for arn in var.secret_arns : can(regex("^arn:aws[a-z-]*:secretsmanager:[^*]+:[0-9]{12}:secret:[^*]+", arn))])
    error_message = "secret_arns must name secrets of one account and region, with a beginning at least."
  }
}
