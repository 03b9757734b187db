mock_provider "aws" {}

variables {
  names = ["kubeflow-ops/order", "kubeflow-ops/user"]
}

run "keeps_tags_and_scans_every_push" {
  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE"])
    error_message = "A tag must never change what it names."
  }
  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_scanning_configuration[0].scan_on_push])
    error_message = "Every push must be scanned."
  }
  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.force_delete == false])
    error_message = "Images must not go with their repository unless told."
  }
}

run "lets_old_images_go" {
  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this["kubeflow-ops/order"].policy).rules[0].selection.countNumber == 7
    error_message = "Images without a tag must go after a week."
  }
  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this["kubeflow-ops/order"].policy).rules[1].selection.countNumber == 3 * 50
    error_message = "The newest 50 releases must stay, each with its signature and attestation."
  }
}

run "refuses_a_name_with_capitals" {
  command = plan
  variables {
    names = ["Order"]
  }
  expect_failures = [var.names]
}

run "refuses_to_keep_almost_nothing" {
  command = plan
  variables {
    keep = 1
  }
  expect_failures = [var.keep]
}

run "refuses_to_drop_untagged_images_at_once" {
  command = plan
  variables {
    untagged_days = 0
  }
  expect_failures = [var.untagged_days]
}
