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
