mock_provider "aws" {}

variables {
  name              = "kubeflow-ops-order"
  oidc_provider_arn = "arn:aws:iam::000000000000:oidc-provider/oidc.example.org/id/1"
  oidc_issuer       = "oidc.example.org/id/1"
  namespace         = "shop"
  service_account   = "order-service"
  statements = [{
    Sid      = "Send"
    Effect   = "Allow"
    Action   = ["sqs:SendMessage"]
    Resource = ["arn:aws:sqs:us-east-1:000000000000:order-queue"]
  }]
}

run "trusts_one_service_account_alone" {
  assert {
    condition = (
      jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.StringEquals["oidc.example.org/id/1:sub"]
      == "system:serviceaccount:shop:order-service"
    )
    error_message = "Only pods of the service account may take the role."
  }
}

run "refuses_wildcard_actions" {
  command = plan
  variables {
    statements = [{ Sid = "All", Effect = "Allow", Action = ["sqs:*"], Resource = ["arn:aws:sqs:us-east-1:000000000000:order-queue"] }]
  }
  expect_failures = [var.statements]
}

run "refuses_wildcard_resources" {
  command = plan
  variables {
    statements = [{ Sid = "All", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = ["*"] }]
  }
  expect_failures = [var.statements]
}

run "refuses_an_issuer_with_its_scheme" {
  command = plan
  variables {
    oidc_issuer = "https://oidc.example.org/id/1"
  }
  expect_failures = [var.oidc_issuer]
}

run "allows_any_resource_to_what_only_reads" {
  variables {
    statements = [{ Sid = "Read", Effect = "Allow", Action = ["ec2:DescribeImages"], Resource = ["*"] }]
  }
  assert {
    condition     = keys(jsondecode(aws_iam_role_policy.this[0].policy).Statement[0]) == ["Action", "Effect", "Resource", "Sid"]
    error_message = "A statement without a condition must not carry one."
  }
}

run "allows_any_resource_under_a_condition" {
  variables {
    statements = [{
      Sid       = "Tag", Effect = "Allow", Action = ["ec2:CreateTags"], Resource = ["*"]
      Condition = { StringEquals = { "aws:RequestTag/app" = ["kubeflow-ops"] } }
    }]
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.this[0].policy).Statement[0].Condition.StringEquals["aws:RequestTag/app"] == ["kubeflow-ops"]
    error_message = "The condition must be in the policy."
  }
}

run "takes_a_policy_of_aws" {
  variables {
    statements  = []
    policy_arns = ["arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"]
  }
  assert {
    condition     = length(aws_iam_role_policy.this) == 0 && length(aws_iam_role_policy_attachment.this) == 1
    error_message = "AWS's policy alone must be attached."
  }
}

run "refuses_a_policy_of_our_own" {
  command = plan
  variables {
    policy_arns = ["arn:aws:iam::123456789012:policy/ours"]
  }
  expect_failures = [var.policy_arns]
}

run "refuses_a_provider_that_is_none" {
  command = plan
  variables {
    oidc_provider_arn = "arn:aws:iam::123456789012:role/x"
  }
  expect_failures = [var.oidc_provider_arn]
}

run "refuses_a_name_with_a_space" {
  command = plan
  variables {
    name = "my role"
  }
  expect_failures = [var.name]
}
