mock_provider "aws" {}

variables {
  name                   = "kubeflow-ops-dev"
  node_type              = "cache.t4g.micro"
  nodes                  = 1
  vpc_id                 = "vpc-1"
  subnet_ids             = ["subnet-1", "subnet-2"]
  client_security_groups = { cluster = "sg-1" }
  auth_token             = "0123456789abcdef"
}

run "is_valkey_with_tls_and_a_password" {
  assert {
    condition     = aws_elasticache_replication_group.this.engine == "valkey"
    error_message = "The engine must be Valkey."
  }
  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.transit_encryption_mode == "required"
    error_message = "Clients must speak TLS."
  }
  assert {
    condition     = nonsensitive(aws_elasticache_replication_group.this.auth_token) == "0123456789abcdef"
    error_message = "Clients must give a password."
  }
  assert {
    condition     = tobool(aws_elasticache_replication_group.this.at_rest_encryption_enabled)
    error_message = "What is on disk must be encrypted."
  }
}

run "fails_over_where_there_is_a_second_node" {
  variables {
    nodes = 2
  }
  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "A replica must take over by itself, from another zone."
  }
}

run "lets_in_its_clients_alone" {
  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["cluster"].referenced_security_group_id == "sg-1" && length(aws_vpc_security_group_ingress_rule.this) == 1
    error_message = "Only the named security groups may connect."
  }
}

run "refuses_a_short_password" {
  command = plan
  variables {
    auth_token = "short"
  }
  expect_failures = [var.auth_token]
}

run "refuses_a_name_with_capitals" {
  command = plan
  variables {
    name = "Cache"
  }
  expect_failures = [var.name]
}

run "refuses_a_version_of_redis" {
  command = plan
  variables {
    engine_version = "6.2"
  }
  expect_failures = [var.engine_version]
}

run "refuses_a_node_of_another_service" {
  command = plan
  variables {
    node_type = "t4g.micro"
  }
  expect_failures = [var.node_type]
}

run "refuses_no_node" {
  command = plan
  variables {
    nodes = 0
  }
  expect_failures = [var.nodes]
}

run "refuses_one_subnet" {
  command = plan
  variables {
    subnet_ids = ["subnet-1"]
  }
  expect_failures = [var.subnet_ids]
}

run "refuses_snapshots_beyond_what_is_kept" {
  command = plan
  variables {
    snapshot_retention_days = 36
  }
  expect_failures = [var.snapshot_retention_days]
}
