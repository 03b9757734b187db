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
