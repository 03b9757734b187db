output "name" {
  value       = aws_s3_bucket.this.bucket
  description = "Name of the bucket."
}

output "arn" {
  value       = aws_s3_bucket.this.arn
  description = "ARN of the bucket, for policies."
}
