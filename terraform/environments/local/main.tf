# The lab's cloud: LocalStack, by the same modules as dev and prod. tflocal adds the endpoints; nothing here names one.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
  backend "s3" {
    bucket         = "kubeflow-ops-state"
    key            = "local/terraform.tfstate"
    region         = "us-east-1"
    use_lockfile   = true # no DynamoDB table (docs/adr/0012)
    use_path_style = true
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = {
      app         = "kubeflow-ops"
      team        = "platform"
      env         = "local"
      cost-center = "lab"
    }
  }
}

locals {
  oidc_issuer       = "kubeflow-ops.local" # a kind cluster has no OIDC provider that IAM could ask
  oidc_provider_arn = "arn:aws:iam::000000000000:oidc-provider/${local.oidc_issuer}"
}

module "order_queue" {
  source           = "../../modules/sqs"
  name             = "order-queue"
  dlq_name         = "order-dlq"
  deny_without_tls = false # LocalStack is reached over plain HTTP inside the lab's own network
}

module "secrets" {
  source                  = "../../modules/secrets"
  secrets                 = var.secrets
  recovery_window_in_days = 0
}

module "backups" {
  source           = "../../modules/s3"
  name             = "kubeflow-ops-backups"
  force_destroy    = true
  deny_without_tls = false
}

module "permissions" {
  source    = "../../modules/permissions"
  queue_arn = module.order_queue.queue_arn
  dlq_arn   = module.order_queue.dlq_arn
}

module "service_roles" {
  source            = "../../modules/irsa"
  for_each          = module.permissions.statements
  name              = "kubeflow-ops-${each.key}"
  namespace         = "shop"
  service_account   = "${each.key}-service"
  oidc_provider_arn = local.oidc_provider_arn
  oidc_issuer       = local.oidc_issuer
  statements        = each.value
}
