mock_provider "aws" {
  mock_resource "aws_eks_cluster" {
    defaults = {
      arn                   = "arn:aws:eks:eu-central-1:123456789012:cluster/kubeflow-ops-dev"
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
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/1", key_id = "1" }
  }
}

variables {
  name                = "kubeflow-ops-dev"
  subnet_ids          = ["subnet-1", "subnet-2"]
  public_access_cidrs = ["203.0.113.7/32"]
  administrators      = { ops = "arn:aws:iam::123456789012:role/ops" }
  deletion_protection = false
  nodes               = { instance_types = ["m7i.large"], min = 2, desired = 2, max = 4 }
}

run "lets_in_by_access_entries_alone" {
  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API" && aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions == false
    error_message = "Nobody but an access entry may let in."
  }
  assert {
    condition     = aws_eks_access_policy_association.this["ops"].principal_arn == "arn:aws:iam::123456789012:role/ops" && length(aws_eks_access_entry.this) == 1
    error_message = "Named administrators must administer, and nobody else."
  }
}

run "keeps_all_five_logs" {
  assert {
    condition     = toset(aws_eks_cluster.this.enabled_cluster_log_types) == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "All five logs of the control plane must be kept."
  }
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/eks/kubeflow-ops-dev/cluster" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "They must go after 30 days unless told otherwise."
  }
}

run "encrypts_secrets_by_a_key_that_rotates" {
  assert {
    condition     = contains(aws_eks_cluster.this.encryption_config[0].resources, "secrets") && aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == aws_kms_key.this.arn
    error_message = "Secrets must be encrypted by the cluster's own key."
  }
  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key must rotate."
  }
}

run "runs_a_version_in_standard_support" {
  assert {
    condition     = aws_eks_cluster.this.version == "1.35" && aws_eks_cluster.this.upgrade_policy[0].support_type == "STANDARD"
    error_message = "The version must be pinned, and never slip into extended support."
  }
}

run "trusts_its_own_pods_by_oidc" {
  assert {
    condition     = aws_iam_openid_connect_provider.this.url == "https://oidc.eks.eu-central-1.amazonaws.com/id/1" && output.oidc_issuer == "oidc.eks.eu-central-1.amazonaws.com/id/1"
    error_message = "The cluster's issuer must be known to IAM."
  }
}

run "answers_in_its_network_and_to_named_addresses" {
  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && aws_eks_cluster.this.vpc_config[0].endpoint_public_access && toset(aws_eks_cluster.this.vpc_config[0].public_access_cidrs) == toset(["203.0.113.7/32"])
    error_message = "The API server must answer privately, and publicly to named addresses alone."
  }
}

run "answers_in_its_network_alone_where_nobody_is_named" {
  variables {
    public_access_cidrs = []
  }
  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && aws_eks_cluster.this.vpc_config[0].endpoint_public_access == false
    error_message = "Without named addresses the API server must be private."
  }
}

run "keeps_pods_from_the_nodes_role" {
  assert {
    condition     = aws_launch_template.this.metadata_options[0].http_tokens == "required" && aws_launch_template.this.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "A pod must not reach the node's credentials."
  }
  assert {
    condition     = tobool(aws_launch_template.this.block_device_mappings[0].ebs[0].encrypted)
    error_message = "Nodes' disks must be encrypted."
  }
  assert {
    condition     = keys(aws_iam_role_policy_attachment.node) == ["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"]
    error_message = "Nodes may join and pull, and nothing else."
  }
}

run "has_nodes_as_told" {
  assert {
    condition     = aws_eks_node_group.this.scaling_config[0].min_size == 2 && aws_eks_node_group.this.scaling_config[0].max_size == 4 && aws_eks_node_group.this.capacity_type == "ON_DEMAND"
    error_message = "The node group must be as it was told."
  }
}

run "refuses_a_patch_version" {
  command = plan
  variables {
    kubernetes_version = "1.35.1"
  }
  expect_failures = [var.kubernetes_version]
}

run "refuses_the_whole_internet" {
  command = plan
  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.public_access_cidrs]
}

run "refuses_an_address_without_its_prefix" {
  command = plan
  variables {
    public_access_cidrs = ["203.0.113.7"]
  }
  expect_failures = [var.public_access_cidrs]
}

run "refuses_an_administrator_by_name" {
  command = plan
  variables {
    administrators = { ops = "ops" }
  }
  expect_failures = [var.administrators]
}

run "refuses_a_name_with_a_space" {
  command = plan
  variables {
    name = "my cluster"
  }
  expect_failures = [var.name]
}

run "refuses_one_subnet" {
  command = plan
  variables {
    subnet_ids = ["subnet-1"]
  }
  expect_failures = [var.subnet_ids]
}

run "refuses_more_nodes_than_the_most" {
  command = plan
  variables {
    nodes = { instance_types = ["m7i.large"], min = 1, desired = 5, max = 4 }
  }
  expect_failures = [var.nodes]
}

run "refuses_nodes_of_no_type" {
  command = plan
  variables {
    nodes = { instance_types = [], min = 1, desired = 1, max = 1 }
  }
  expect_failures = [var.nodes]
}

run "refuses_a_capacity_that_eks_does_not_know" {
  command = plan
  variables {
    nodes = { instance_types = ["m7i.large"], min = 1, desired = 1, max = 1, capacity_type = "CHEAP" }
  }
  expect_failures = [var.nodes]
}

run "refuses_a_disk_too_small_for_images" {
  command = plan
  variables {
    nodes = { instance_types = ["m7i.large"], min = 1, desired = 1, max = 1, disk_gib = 8 }
  }
  expect_failures = [var.nodes]
}

run "refuses_a_retention_that_cloudwatch_does_not_know" {
  command = plan
  variables {
    log_retention_days = 10
  }
  expect_failures = [var.log_retention_days]
}
