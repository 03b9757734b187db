mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:mocked" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:123456789012:rule/mocked" }
  }
  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  cluster_name      = "kubeflow-ops-dev"
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.org/id/1"
  oidc_issuer       = "oidc.example.org/id/1"
}

run "hears_of_every_interruption" {
  assert {
    condition     = keys(aws_cloudwatch_event_rule.this) == ["health", "rebalance", "spot", "state"] && length(aws_cloudwatch_event_target.this) == 4
    error_message = "Spot interruptions, rebalancing, state changes and health must be told."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.this.policy).Statement[0].Principal.Service == "events.amazonaws.com"
    error_message = "Only EventBridge may write to the queue."
  }
}

run "ends_its_own_nodes_alone" {
  assert {
    condition     = one([for s in local.statements : s.Condition.StringEquals["aws:ResourceTag/kubernetes.io/cluster/kubeflow-ops-dev"] if s.Sid == "End"]) == ["owned"]
    error_message = "Instances of others must not be ended."
  }
  assert {
    condition     = one([for s in local.statements : s.Resource if s.Sid == "GiveNodesTheirRole"]) == [aws_iam_role.node.arn]
    error_message = "No other role may be given to nodes."
  }
}

run "lets_its_nodes_join" {
  assert {
    condition     = aws_eks_access_entry.node.type == "EC2_LINUX" && aws_eks_access_entry.node.principal_arn == aws_iam_role.node.arn
    error_message = "Nodes must be let into the cluster."
  }
}

run "refuses_a_cluster_with_a_space" {
  command = plan
  variables {
    cluster_name = "my cluster"
  }
  expect_failures = [var.cluster_name]
}

run "refuses_a_namespace_with_capitals" {
  command = plan
  variables {
    namespace = "Karpenter"
  }
  expect_failures = [var.namespace]
}
