mock_provider "aws" {}

variables {
  name = "kubeflow-ops-backups"
}

run "is_private_and_versioned" {
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket must keep versions."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The bucket must never be public."
  }
  assert {
    condition     = aws_s3_bucket.this.force_destroy == false
    error_message = "A bucket with content must not be deleted unless told."
  }
}

run "refuses_capitals" {
  command = plan
  variables {
    name = "Backups"
  }
  expect_failures = [var.name]
}

run "refuses_calls_without_tls" {
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this[0].policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "The bucket must refuse calls without TLS."
  }
}

run "lets_old_versions_go" {
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration[0].noncurrent_days == 30 && length(aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration) == 0
    error_message = "Old versions must go after 30 days, objects never."
  }
}

run "lets_objects_go_where_told" {
  variables {
    expire_days = 14
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration[0].days == 14
    error_message = "Objects must go after 14 days."
  }
}

run "refuses_versions_that_go_at_once" {
  command = plan
  variables {
    noncurrent_days = 0
  }
  expect_failures = [var.noncurrent_days]
}

run "refuses_objects_that_go_at_once" {
  command = plan
  variables {
    expire_days = 0
  }
  expect_failures = [var.expire_days]
}
