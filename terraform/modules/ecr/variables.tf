variable "names" {
  type        = set(string)
  description = "Names of the repositories, such as kubeflow-ops/order."
  validation {
    condition     = length(var.names) > 0 && alltrue([for name in var.names : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name)) && length(name) <= 256])
    error_message = "names must be at least one name of lower-case letters and digits, parted by one of . _ / -"
  }
}

variable "keep" {
  type        = number
  default     = 150
  description = "Newest images kept in each repository. A release is three (image, signature, attestation): a rollback can go 50 back."
  validation {
    condition     = var.keep >= 5 && var.keep <= 1000
    error_message = "keep must be between 5 and 1000: with fewer, an image that still runs may be gone."
  }
}

variable "untagged_days" {
  type        = number
  default     = 7
  description = "Days after which an image without a tag goes."
  validation {
    condition     = var.untagged_days >= 1 && var.untagged_days <= 365
    error_message = "untagged_days must be between 1 and 365."
  }
}

variable "force_delete" {
  type        = bool
  default     = false
  description = "Delete repositories with the images in them; for environments that come and go."
}
