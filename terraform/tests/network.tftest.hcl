# Two zones, one way out, and S3 beside it.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                = "shop"
  region              = "us-east-1"
  cidr                = "10.0.0.0/16"
  single_nat_gateway  = true
  interface_endpoints = false
}

run "subnets_of_both_kinds_are_in_two_zones" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = aws_subnet.public[*].availability_zone == ["us-east-1a", "us-east-1b"]
    error_message = "A load balancer asks for two zones."
  }

  assert {
    condition     = aws_subnet.private[*].availability_zone == ["us-east-1a", "us-east-1b"]
    error_message = "The loss of a zone must leave the other's tasks."
  }

  assert {
    condition     = length(distinct(concat(aws_subnet.public[*].cidr_block, aws_subnet.private[*].cidr_block))) == 4
    error_message = "Subnets must not overlap."
  }
}

run "one_nat_gateway_serves_both_zones" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_eip.nat) == 1 && length(aws_route.nat) == 2
    error_message = "Both private subnets must go through the one gateway."
  }

  assert {
    condition     = aws_nat_gateway.this[0].subnet_id == aws_subnet.public[0].id
    error_message = "A NAT gateway works from a public subnet."
  }
}

run "or_each_zone_has_its_own" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    single_nat_gateway = false
  }

  assert {
    condition     = aws_nat_gateway.this[*].subnet_id == aws_subnet.public[*].id
    error_message = "One gateway in each zone."
  }

  assert {
    condition     = aws_route.nat[*].nat_gateway_id == aws_nat_gateway.this[*].id
    error_message = "Each zone must go through its own gateway."
  }
}

run "s3_is_reached_without_the_nat_gateway" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.route_table_ids == toset(aws_route_table.private[*].id)
    error_message = "Every private subnet needs the route to S3."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0
    error_message = "Interface endpoints cost money: only if asked for."
  }
}

run "endpoints_take_the_place_of_nat_gateways" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    interface_endpoints = true
  }

  assert {
    condition     = join(" ", keys(aws_vpc_endpoint.interface)) == "ecr.api ecr.dkr logs secretsmanager" && alltrue(values(aws_vpc_endpoint.interface)[*].private_dns_enabled)
    error_message = "Fargate needs these four to start a task."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.nat) == 0
    error_message = "There must be no way out."
  }

  assert {
    condition     = aws_security_group_rule.endpoints_from_vpc[0].cidr_blocks == tolist(["10.0.0.0/16"])
    error_message = "Only the VPC may ask them."
  }
}
