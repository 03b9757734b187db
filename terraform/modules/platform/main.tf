# An environment on AWS, whole: what dev and prod differ by are the variables, nothing else.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

data "aws_region" "this" {}

data "aws_caller_identity" "this" {}

locals {
  name    = "kubeflow-ops-${var.environment}"
  account = data.aws_caller_identity.this.account_id
}

module "vpc" {
  source                  = "../vpc"
  name                    = local.name
  cluster_name            = local.name
  cidr                    = var.cidr
  availability_zones      = [for letter in var.zones : "${data.aws_region.this.region}${letter}"]
  single_nat_gateway      = !var.protected
  flow_log_retention_days = var.log_retention_days
}

module "eks" {
  source              = "../eks"
  name                = local.name
  kubernetes_version  = var.kubernetes_version
  subnet_ids          = module.vpc.private_subnet_ids
  public_access_cidrs = var.public_access_cidrs
  administrators      = var.administrators
  nodes               = var.nodes
  log_retention_days  = var.log_retention_days
  deletion_protection = var.protected
}

module "karpenter" {
  source            = "../karpenter"
  cluster_name      = module.eks.name
  oidc_provider_arn = module.eks.oidc_provider_arn
  oidc_issuer       = module.eks.oidc_issuer
}

module "ecr" {
  source       = "../ecr"
  names        = [for service in ["order", "user", "notification"] : "kubeflow-ops/${service}"]
  force_delete = !var.protected
}

module "ci" {
  source          = "../github-oidc"
  count           = var.github_repository == "" ? 0 : 1
  name            = "${local.name}-ci"
  repository      = var.github_repository
  environment     = var.environment
  repository_arns = module.ecr.arns
  secret_arns     = ["arn:aws:secretsmanager:${data.aws_region.this.region}:${local.account}:secret:kubeflow-ops/*"]
}

module "buckets" {
  source        = "../s3"
  for_each      = { loki = var.log_retention_days, tempo = 14, backups = 90 } # days
  name          = "${local.name}-${local.account}-${each.key}"
  expire_days   = each.value
  force_destroy = !var.protected
}
