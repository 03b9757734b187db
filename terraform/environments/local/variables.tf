variable "region" {
  type        = string
  default     = "us-east-1"
  description = "AWS region."
}

variable "secrets" {
  type        = map(map(string))
  sensitive   = true
  description = "What Secrets Manager shall hold; the lab generates the passwords (TF_VAR_secrets)."
}
