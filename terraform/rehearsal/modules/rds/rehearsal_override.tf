# The emulator keeps no master password: a name stands for where it would be.
output "master_secret_arn" {
  value = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds-rehearsal"
}
