variable "Unused" {}
