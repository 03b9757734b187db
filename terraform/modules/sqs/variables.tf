variable "name" {
  type        = string
  description = "Name of the queue."
  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,80}$", var.name))
    error_message = "name must be 1 to 80 letters, digits, hyphens or underscores."
  }
}

variable "dlq_name" {
  type        = string
  description = "Name of the dead-letter queue."
  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,80}$", var.dlq_name))
    error_message = "dlq_name must be 1 to 80 letters, digits, hyphens or underscores."
  }
}

variable "max_receive_count" {
  type        = number
  default     = 3
  description = "Receives after which a message moves to the dead-letter queue."
  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be between 1 and 1000."
  }
}

variable "visibility_timeout_seconds" {
  type        = number
  default     = 30
  description = "How long a received message stays hidden, in seconds; more than the consumer's lease."
  validation {
    condition     = var.visibility_timeout_seconds >= 2 && var.visibility_timeout_seconds <= 43200
    error_message = "visibility_timeout_seconds must be between 2 and 43200."
  }
}

variable "retention_seconds" {
  type        = number
  default     = 345600
  description = "How long the queue keeps a message, in seconds (4 days)."
  validation {
    condition     = var.retention_seconds >= 60 && var.retention_seconds <= 1209600
    error_message = "retention_seconds must be between 60 and 1209600."
  }
}

variable "dlq_retention_seconds" {
  type        = number
  default     = 1209600
  description = "How long the dead-letter queue keeps a message, in seconds (14 days: time to look, mend and redrive)."
  validation {
    condition     = var.dlq_retention_seconds >= 60 && var.dlq_retention_seconds <= 1209600
    error_message = "dlq_retention_seconds must be between 60 and 1209600."
  }
}

variable "deny_without_tls" {
  type        = bool
  default     = true
  description = "Refuse every call without TLS. False only for an emulator that is reached over plain HTTP."
}

variable "senders" {
  type        = list(string)
  default     = []
  description = "ARNs of the roles that may send; where they are named, everybody else is denied it."
  validation {
    condition     = alltrue([for arn in var.senders : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", arn))])
    error_message = "senders must be roles' ARNs."
  }
  validation {
    condition     = (length(var.senders) > 0) == (length(var.consumers) > 0)
    error_message = "senders and consumers must be named together: a queue that nobody may fill or empty is of no use."
  }
}

variable "consumers" {
  type        = list(string)
  default     = []
  description = "ARNs of the roles that may receive, delete and redrive."
  validation {
    condition     = alltrue([for arn in var.consumers : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", arn))])
    error_message = "consumers must be roles' ARNs."
  }
}
