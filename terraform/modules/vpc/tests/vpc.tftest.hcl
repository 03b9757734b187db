mock_provider "aws" {
  mock_resource "aws_vpc" {
    defaults = { id = "vpc-1", cidr_block = "10.0.0.0/16" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:mocked" }
  }
  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }
}

variables {
  name               = "kubeflow-ops-dev"
  cluster_name       = "kubeflow-ops-dev"
  availability_zones = ["eu-central-1a", "eu-central-1b"]
  single_nat_gateway = true
}

run "has_two_public_and_two_private_subnets_in_two_zones" {
  assert {
    condition     = length(aws_subnet.public) == 2 && length(aws_subnet.private) == 2
    error_message = "Each zone must have a public and a private subnet."
  }
  assert {
    condition     = aws_vpc.this.cidr_block == "10.0.0.0/16"
    error_message = "The network must be 10.0.0.0/16 unless told otherwise."
  }
  assert {
    condition     = [for zone in ["a", "b"] : aws_subnet.private["eu-central-1${zone}"].cidr_block] == ["10.0.0.0/20", "10.0.16.0/20"]
    error_message = "Private subnets must be the first two /20."
  }
  assert {
    condition     = [for zone in ["a", "b"] : aws_subnet.public["eu-central-1${zone}"].cidr_block] == ["10.0.240.0/24", "10.0.241.0/24"]
    error_message = "Public subnets must be at the network's end."
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.public : coalesce(subnet.map_public_ip_on_launch, false) == false])
    error_message = "No machine may get a public address by itself."
  }
}

run "has_one_nat_gateway_where_one_is_enough" {
  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-central-1a"]
    error_message = "A single NAT gateway must be in the first zone."
  }
  assert {
    condition     = alltrue([for route in aws_route.private : route.nat_gateway_id == aws_nat_gateway.this["eu-central-1a"].id])
    error_message = "Every private subnet must go out by it."
  }
}

run "has_a_nat_gateway_in_each_zone_where_zones_may_be_lost" {
  variables {
    single_nat_gateway = false
  }
  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-central-1a", "eu-central-1b"]
    error_message = "Each zone must have a NAT gateway."
  }
  assert {
    condition     = alltrue([for zone, route in aws_route.private : route.nat_gateway_id == aws_nat_gateway.this[zone].id])
    error_message = "A zone must go out by its own NAT gateway."
  }
}

run "logs_every_flow" {
  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.retention_in_days == 30
    error_message = "All traffic must be logged, for 30 days unless told otherwise."
  }
}

run "reaches_s3_and_ecr_without_a_nat_gateway" {
  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && length(aws_vpc_endpoint.s3.route_table_ids) == 2
    error_message = "S3 must be reached by a gateway endpoint from each private subnet."
  }
  assert {
    condition     = keys(aws_vpc_endpoint.interface) == ["ecr.api", "ecr.dkr"] && alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled])
    error_message = "ECR must be reached by interface endpoints under its own names."
  }
}

run "marks_subnets_for_load_balancers_and_karpenter" {
  assert {
    condition     = alltrue([for subnet in aws_subnet.private : subnet.tags["karpenter.sh/discovery"] == "kubeflow-ops-dev"])
    error_message = "Karpenter must find the private subnets."
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.public : subnet.tags["kubernetes.io/role/elb"] == "1"])
    error_message = "Load balancers must find the public subnets."
  }
}

run "leaves_the_default_security_group_empty" {
  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The default security group must let nothing in or out."
  }
}

run "refuses_a_name_with_capitals" {
  command = plan
  variables {
    name = "Dev"
  }
  expect_failures = [var.name]
}

run "refuses_public_addresses" {
  command = plan
  variables {
    cidr = "8.8.0.0/16"
  }
  expect_failures = [var.cidr]
}

run "refuses_a_network_too_small_for_pods" {
  command = plan
  variables {
    cidr = "10.0.0.0/24"
  }
  expect_failures = [var.cidr]
}

run "refuses_one_zone" {
  command = plan
  variables {
    availability_zones = ["eu-central-1a"]
  }
  expect_failures = [var.availability_zones]
}

run "refuses_an_interface_endpoint_for_s3" {
  command = plan
  variables {
    interface_endpoints = ["s3"]
  }
  expect_failures = [var.interface_endpoints]
}

run "refuses_a_retention_that_cloudwatch_does_not_know" {
  command = plan
  variables {
    flow_log_retention_days = 10
  }
  expect_failures = [var.flow_log_retention_days]
}
