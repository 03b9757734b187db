mock_provider "aws" {
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  name            = "kubeflow-ops-dev-ci"
  repository      = "example/kubeflow-ops"
  environment     = "dev"
  repository_arns = ["arn:aws:ecr:eu-central-1:123456789012:repository/kubeflow-ops/order"]
  secret_arns     = ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:kubeflow-ops/*"]
}

run "pushes_from_one_branch_alone" {
  assert {
    condition     = jsondecode(aws_iam_role.push.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/kubeflow-ops:ref:refs/heads/main"
    error_message = "Only jobs of the branch may push."
  }
  assert {
    condition     = jsonencode(jsondecode(aws_iam_role_policy.push.policy).Statement[1].Resource) == jsonencode(var.repository_arns)
    error_message = "Only the named repositories may be pushed to."
  }
}

run "runs_terraform_from_one_environment_alone" {
  assert {
    condition     = jsondecode(aws_iam_role.terraform.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/kubeflow-ops:environment:dev"
    error_message = "Only jobs that were let into the environment may run Terraform."
  }
}

run "plans_from_an_environment_of_its_own_and_changes_nothing" {
  assert {
    condition     = jsondecode(aws_iam_role.plan.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/kubeflow-ops:environment:dev-plan"
    error_message = "Only jobs of the environment for plans may read everything."
  }
  assert {
    condition     = aws_iam_role_policy_attachment.plan.policy_arn == "arn:aws:iam::aws:policy/ReadOnlyAccess" && jsondecode(aws_iam_role_policy.plan.policy).Statement[0].Action == ["secretsmanager:GetSecretValue"]
    error_message = "A plan must read and no more."
  }
}

run "refuses_every_secret" {
  command = plan
  variables {
    secret_arns = ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:*"]
  }
  expect_failures = [var.secret_arns]
}

run "refuses_every_repository_of_an_owner" {
  command = plan
  variables {
    repository = "example/*"
  }
  expect_failures = [var.repository]
}

run "refuses_every_branch" {
  command = plan
  variables {
    branch = "*"
  }
  expect_failures = [var.branch]
}

run "refuses_every_environment" {
  command = plan
  variables {
    environment = "*"
  }
  expect_failures = [var.environment]
}

run "refuses_every_ecr_repository" {
  command = plan
  variables {
    repository_arns = ["*"]
  }
  expect_failures = [var.repository_arns]
}

run "refuses_a_name_with_a_space" {
  command = plan
  variables {
    name = "my ci"
  }
  expect_failures = [var.name]
}
