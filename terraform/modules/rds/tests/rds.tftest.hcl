mock_provider "aws" {
  mock_resource "aws_db_instance" {
    defaults = { master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds", secret_status = "active", kms_key_id = "k" }] }
  }
}

variables {
  name                   = "kubeflow-ops-dev"
  instance_class         = "db.t4g.micro"
  database               = "postgres_ops"
  vpc_id                 = "vpc-1"
  subnet_ids             = ["subnet-1", "subnet-2"]
  client_security_groups = { cluster = "sg-1" }
  multi_az               = false
  deletion_protection    = false
}

run "is_encrypted_private_and_backed_up" {
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.publicly_accessible == false
    error_message = "The instance must be encrypted and private."
  }
  assert {
    condition     = aws_db_instance.this.backup_retention_period == 7
    error_message = "Backups must be kept for 7 days unless told otherwise."
  }
  assert {
    condition     = aws_db_instance.this.engine_version == "17" && aws_db_instance.this.auto_minor_version_upgrade
    error_message = "The major version alone must be pinned."
  }
}

run "knows_no_password" {
  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "AWS must keep the master password."
  }
  assert {
    condition     = output.master_secret_arn == "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds"
    error_message = "Where it is kept must be told."
  }
}

run "speaks_tls_alone" {
  assert {
    condition     = contains([for p in aws_db_parameter_group.this.parameter : "${p.name}=${p.value}"], "rds.force_ssl=1")
    error_message = "Connections without TLS must be refused."
  }
}

run "lets_in_its_clients_alone" {
  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["cluster"].referenced_security_group_id == "sg-1" && length(aws_vpc_security_group_ingress_rule.this) == 1
    error_message = "Only the named security groups may connect."
  }
}

run "keeps_what_is_protected" {
  variables {
    multi_az            = true
    deletion_protection = true
  }
  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection
    error_message = "Production must have a standby and refuse deletion."
  }
  assert {
    condition     = aws_db_instance.this.skip_final_snapshot == false && aws_db_instance.this.final_snapshot_identifier == "kubeflow-ops-dev-final" && aws_db_instance.this.delete_automated_backups == false
    error_message = "What is protected must leave a snapshot and its backups."
  }
}

run "refuses_a_minor_version" {
  command = plan
  variables {
    engine_version = "17.4"
  }
  expect_failures = [var.engine_version]
}

run "refuses_a_name_that_ends_with_a_hyphen" {
  command = plan
  variables {
    name = "db-"
  }
  expect_failures = [var.name]
}

run "refuses_a_class_of_another_service" {
  command = plan
  variables {
    instance_class = "t4g.micro"
  }
  expect_failures = [var.instance_class]
}

run "refuses_less_storage_than_gp3_has" {
  command = plan
  variables {
    allocated_storage = 5
  }
  expect_failures = [var.allocated_storage]
}

run "refuses_storage_that_can_not_grow" {
  command = plan
  variables {
    max_allocated_storage = 20
  }
  expect_failures = [var.max_allocated_storage]
}

run "refuses_a_database_with_a_hyphen" {
  command = plan
  variables {
    database = "a-b"
  }
  expect_failures = [var.database]
}

run "refuses_one_subnet" {
  command = plan
  variables {
    subnet_ids = ["subnet-1"]
  }
  expect_failures = [var.subnet_ids]
}

run "refuses_connections_in_the_clear" {
  command = plan
  variables {
    parameters = { "rds.force_ssl" = "0" }
  }
  expect_failures = [var.parameters]
}

run "refuses_no_backups" {
  command = plan
  variables {
    backup_retention_days = 0
  }
  expect_failures = [var.backup_retention_days]
}
