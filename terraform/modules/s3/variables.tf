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
