variable "secrets" {
  type        = map(map(string))
  sensitive   = true
  description = "Secret name to its fields, such as {\"kubeflow-ops/order/database\" = {host = …, password = …}}."
  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[a-zA-Z0-9/_+=.@-]{1,512}$", name))])
    error_message = "Every secret's name must be 1 to 512 letters, digits or any of /_+=.@-"
  }
  validation {
    condition     = alltrue([for fields in values(var.secrets) : length(fields) > 0])
    error_message = "Every secret must have at least one field."
  }
}

variable "recovery_window_in_days" {
  type        = number
  default     = 30
  description = "Days in which a deleted secret can be restored; 0 deletes at once, for environments that come and go."
  validation {
    condition     = var.recovery_window_in_days == 0 || (var.recovery_window_in_days >= 7 && var.recovery_window_in_days <= 30)
    error_message = "recovery_window_in_days must be 0 or between 7 and 30."
  }
}

variable "kms_key_id" {
  type        = string
  default     = null
  description = "ARN of the key that encrypts them; without one, the account's own for Secrets Manager."
  validation {
    condition     = var.kms_key_id == null || can(regex("^arn:aws[a-z-]*:kms:", var.kms_key_id))
    error_message = "kms_key_id must be a key's ARN."
  }
}
