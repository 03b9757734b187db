mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_secretsmanager_secret_version" {
    defaults = {
      secret_string = "{\"order\":\"o0123456789abcdef\",\"user\":\"u0123456789abcdef\",\"notification\":\"n0123456789abcdef\",\"redis\":\"r0123456789abcdef\",\"grafana\":\"g0123456789abcdef\"}"
    }
  }
  mock_resource "aws_eks_cluster" {
    defaults = {
      identity              = [{ oidc = [{ issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/1" }] }]
      certificate_authority = [{ data = "Q0E=" }]
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/1" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:mocked" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }
  mock_resource "aws_db_instance" {
    defaults = { master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds", secret_status = "active", kms_key_id = "k" }] }
  }
}

variables {
  environment         = "dev"
  protected           = false
  cidr                = "10.0.0.0/16"
  zones               = ["a", "b"]
  kubernetes_version  = "1.35"
  public_access_cidrs = []
  administrators      = {}
  nodes               = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 3 }
  database            = { instance_class = "db.t4g.micro", storage_gib = 20 }
  cache               = { node_type = "cache.t4g.micro", nodes = 1 }
  log_retention_days  = 7
  github_repository   = "example/kubeflow-ops"
}

run "names_everything_after_the_environment" {
  assert {
    condition     = output.cluster.name == "kubeflow-ops-dev" && output.buckets.loki == "kubeflow-ops-dev-123456789012-loki"
    error_message = "Names must say which environment it is."
  }
  assert {
    condition     = keys(output.role_arns) == ["backups", "external-secrets", "karpenter", "load-balancer-controller", "loki", "notification", "order", "tempo"]
    error_message = "Each service account must have its role, and nobody else."
  }
  assert {
    condition     = output.ci_role_arns.push != null
    error_message = "The workflows of the repository must have their roles."
  }
}

run "tells_the_cluster_who_makes_databases" {
  assert {
    condition     = output.database_secret_arn == "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds"
    error_message = "Where the master password is must be told."
  }
}

run "lets_an_unprotected_environment_come_and_go" {
  assert {
    condition     = output.database_deletion_protection == false
    error_message = "dev's database must go when it is told to."
  }
}

run "keeps_a_protected_environment" {
  variables {
    environment = "prod"
    protected   = true
  }
  assert {
    condition     = output.database_deletion_protection
    error_message = "prod's database must refuse to be deleted."
  }
}

run "knows_no_workflow_without_a_repository" {
  variables {
    github_repository = ""
  }
  assert {
    condition     = output.ci_role_arns == null
    error_message = "Without a repository no workflow may in."
  }
}

run "refuses_an_environment_of_no_such_name" {
  command = plan
  variables {
    environment = "test"
  }
  expect_failures = [var.environment]
}

run "refuses_a_zone_by_its_whole_name" {
  command = plan
  variables {
    zones = ["eu-central-1a", "eu-central-1b"]
  }
  expect_failures = [var.zones]
}
