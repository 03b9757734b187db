# What is yours: terraform.tfvars.json beside this file holds it.
variable "account_id" {
  type        = string
  description = "AWS account that this environment lives in, and no other."
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of your AWS account: write it to terraform.tfvars.json."
  }
}

variable "region" {
  type        = string
  default     = "eu-central-1"
  description = "AWS region."
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region's name such as eu-central-1."
  }
}

variable "administrators" {
  type        = map(string)
  default     = {}
  description = "Who administers the cluster: a word for it to the ARN of an IAM role or user."
}

variable "public_access_cidrs" {
  type        = list(string)
  default     = []
  description = "Who may reach the API server from the internet, such as [\"203.0.113.7/32\"]; []: nobody."
}

variable "github_repository" {
  type        = string
  default     = ""
  description = "Repository on GitHub whose workflows push images and apply, owner/name; \"\": none."
}
