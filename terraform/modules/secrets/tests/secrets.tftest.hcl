mock_provider "aws" {}

variables {
  secrets = { "kubeflow-ops/order/database" = { host = "db", password = "p" } }
}

run "keeps_the_fields_as_json" {
  assert {
    condition     = jsondecode(aws_secretsmanager_secret_version.this["kubeflow-ops/order/database"].secret_string).password == "p"
    error_message = "The secret must hold its fields as JSON."
  }
  assert {
    condition     = aws_secretsmanager_secret.this["kubeflow-ops/order/database"].recovery_window_in_days == 30
    error_message = "A deleted secret must be restorable for 30 days unless told otherwise."
  }
}

run "refuses_a_name_with_a_space" {
  command = plan
  variables {
    secrets = { "a b" = { x = "y" } }
  }
  expect_failures = [var.secrets]
}

run "refuses_a_recovery_window_that_aws_refuses" {
  command = plan
  variables {
    recovery_window_in_days = 3
  }
  expect_failures = [var.recovery_window_in_days]
}

run "refuses_a_secret_without_fields" {
  command = plan
  variables {
    secrets = { "kubeflow-ops/empty" = {} }
  }
  expect_failures = [var.secrets]
}

run "refuses_a_key_by_its_alias" {
  command = plan
  variables {
    kms_key_id = "alias/mine"
  }
  expect_failures = [var.kms_key_id]
}
