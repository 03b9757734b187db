variable "name" {
  type        = string
  description = "Name of the role."
  validation {
    condition     = can(regex("^[a-zA-Z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits or any of +=,.@_-"
  }
}

variable "oidc_provider_arn" {
  type        = string
  description = "ARN of the cluster's OIDC provider."
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/.+$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn must be arn:aws:iam::<account>:oidc-provider/<issuer>."
  }
}

variable "oidc_issuer" {
  type        = string
  description = "The provider's issuer without https://, as conditions name it."
  validation {
    condition     = !startswith(var.oidc_issuer, "https://") && length(var.oidc_issuer) > 0
    error_message = "oidc_issuer must be given without https://."
  }
}

variable "namespace" {
  type        = string
  description = "Namespace of the service account."
}

variable "service_account" {
  type        = string
  description = "Name of the service account."
}

variable "statements" {
  type = list(object({
    Sid       = string
    Effect    = string
    Action    = list(string)
    Resource  = list(string)
    Condition = optional(map(map(list(string))))
  }))
  default     = []
  description = "What the role may do; no wildcard actions, and a wildcard resource only with a condition or to read."
  validation {
    condition     = alltrue([for s in var.statements : alltrue([for a in s.Action : !endswith(a, "*")])])
    error_message = "statements must name each action: least privilege has no *."
  }
  validation {
    condition = alltrue([
      for s in var.statements : !contains(s.Resource, "*") || s.Condition != null
      || alltrue([for a in s.Action : can(regex("^[a-z0-9-]+:(Describe|List|Get)[A-Za-z]*$", a))])
    ])
    error_message = "statements must name each resource; * is for what only reads, or with a Condition."
  }
}

variable "policy_arns" {
  type        = set(string)
  default     = []
  description = "AWS's own policies, where what a controller needs is AWS's to say."
  validation {
    condition     = alltrue([for arn in var.policy_arns : can(regex("^arn:aws[a-z-]*:iam::aws:policy/.+$", arn))])
    error_message = "policy_arns must be AWS's own, arn:aws:iam::aws:policy/…; ours are said by statements."
  }
}
