# One environment on AWS. dev and prod share this file word for word; what they differ by is in settings.tf.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
  backend "s3" { # bucket and region are told at init: aws.bootstrap makes the bucket, one in each account
    key          = "terraform.tfstate"
    encrypt      = true
    use_lockfile = true # no DynamoDB table (docs/adr/0012)
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id] # with other credentials nothing is done at all
  default_tags {
    tags = {
      app         = "kubeflow-ops"
      team        = "platform"
      env         = local.environment
      cost-center = local.cost_center
    }
  }
}

module "platform" {
  source              = "../../modules/platform"
  environment         = local.environment
  protected           = local.protected
  cidr                = local.cidr
  zones               = local.zones
  kubernetes_version  = local.kubernetes_version
  nodes               = local.nodes
  database            = local.database
  cache               = local.cache
  log_retention_days  = local.log_retention_days
  public_access_cidrs = var.public_access_cidrs
  administrators      = var.administrators
  github_repository   = var.github_repository
}
