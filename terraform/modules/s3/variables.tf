variable "name" {
  type        = string
  description = "Name of the bucket, unique in all of AWS."
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 63 lower-case letters, digits or hyphens, and begin and end with a letter or digit."
  }
}

variable "force_destroy" {
  type        = bool
  default     = false
  description = "Delete the bucket with what is in it; for environments that come and go."
}

variable "noncurrent_days" {
  type        = number
  default     = 30
  description = "Days that a version which was replaced or deleted can be restored."
  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "noncurrent_days must be at least 1."
  }
}

variable "expire_days" {
  type        = number
  default     = null
  description = "Days after which objects go; without it they stay."
  validation {
    condition     = var.expire_days == null ? true : var.expire_days >= 1
    error_message = "expire_days must be at least 1."
  }
}

variable "deny_without_tls" {
  type        = bool
  default     = true
  description = "Refuse every call without TLS. False only for an emulator that is reached over plain HTTP."
}
