# PostgreSQL: encrypted, in private subnets, TLS only; AWS makes and rotates the master password, nobody writes it down.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

locals {
  master = "postgres"
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.subnet_ids
}

resource "aws_security_group" "this" {
  name        = "${var.name}-postgres"
  description = "PostgreSQL, for its clients alone"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = var.client_security_groups
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = each.value
  description                  = "PostgreSQL from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_parameter_group" "this" {
  name        = "${var.name}-postgres${var.engine_version}"
  family      = "postgres${var.engine_version}"
  description = "TLS only; what is slow or waits is logged"
  dynamic "parameter" {
    for_each = merge({ "rds.force_ssl" = "1", "log_min_duration_statement" = "1000", "log_lock_waits" = "1" }, var.parameters)
    content {
      name  = parameter.key
      value = parameter.value
    }
  }
  lifecycle {
    create_before_destroy = true # a new major version takes a new group before it lets the old one go
  }
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_118:Performance Insights tells what is waited for; the machine below is AWS's
  #checkov:skip=CKV_AWS_354:the account's own key encrypts it; statements in it carry no values
  identifier                            = var.name
  engine                                = "postgres"
  engine_version                        = var.engine_version # the major version alone: AWS brings the minor ones
  auto_minor_version_upgrade            = true
  instance_class                        = var.instance_class
  allocated_storage                     = var.allocated_storage
  max_allocated_storage                 = var.max_allocated_storage
  storage_type                          = "gp3"
  storage_encrypted                     = true
  kms_key_id                            = var.kms_key_id
  db_name                               = var.database
  username                              = local.master
  manage_master_user_password           = true
  port                                  = 5432
  db_subnet_group_name                  = aws_db_subnet_group.this.name
  vpc_security_group_ids                = [aws_security_group.this.id]
  publicly_accessible                   = false
  parameter_group_name                  = aws_db_parameter_group.this.name
  multi_az                              = var.multi_az
  backup_retention_period               = var.backup_retention_days
  backup_window                         = "02:00-03:00"
  maintenance_window                    = "sun:03:30-sun:04:30"
  copy_tags_to_snapshot                 = true
  delete_automated_backups              = !var.deletion_protection
  deletion_protection                   = var.deletion_protection
  skip_final_snapshot                   = !var.deletion_protection
  final_snapshot_identifier             = var.deletion_protection ? "${var.name}-final" : null
  iam_database_authentication_enabled   = true
  performance_insights_enabled          = true
  performance_insights_retention_period = 7 # what costs nothing
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
}
