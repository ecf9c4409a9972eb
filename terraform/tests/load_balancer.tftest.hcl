# How requests come in.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                = "shop"
  vpc_id              = "vpc-1"
  subnet_ids          = ["subnet-1", "subnet-2"]
  port                = 8123
  certificate_arn     = null
  domain_name         = null
  allowed_cidrs       = ["203.0.113.0/24"]
  deletion_protection = true
}

run "without_a_certificate_it_forwards_http" {
  command = plan

  module {
    source = "./modules/load_balancer"
  }

  assert {
    condition     = length(aws_lb_listener.https) == 0 && aws_lb_listener.http.default_action[0].type == "forward"
    error_message = "There is nothing to redirect to."
  }

  assert {
    condition     = length(aws_security_group_rule.https) == 0 && aws_security_group_rule.http.cidr_blocks == tolist(["203.0.113.0/24"])
    error_message = "Port 80 from the allowed addresses, nothing else."
  }
}

run "with_one_http_leads_to_https_and_nowhere_else" {
  command = plan

  module {
    source = "./modules/load_balancer"
  }

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
    domain_name     = "shop.example.com"
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS" && aws_lb_listener.http.default_action[0].redirect[0].status_code == "HTTP_301"
    error_message = "Plain HTTP must not be answered."
  }

  assert {
    condition     = aws_lb_listener.https[0].port == 443 && startswith(aws_lb_listener.https[0].ssl_policy, "ELBSecurityPolicy-TLS13-1-2-")
    error_message = "TLS 1.2 or 1.3 only."
  }

  assert {
    condition     = aws_lb_listener.https[0].default_action[0].target_group_arn == aws_lb_target_group.serve.arn && aws_lb_listener.https[0].certificate_arn == var.certificate_arn
    error_message = "HTTPS must reach the tasks."
  }

  assert {
    condition     = aws_security_group_rule.https[0].from_port == 443 && aws_security_group_rule.https[0].cidr_blocks == tolist(["203.0.113.0/24"])
    error_message = "Only the allowed addresses may ask."
  }
}

run "tasks_are_asked_for_readiness_at_their_port" {
  command = plan

  module {
    source = "./modules/load_balancer"
  }

  assert {
    condition     = aws_lb_target_group.serve.port == 8123 && aws_lb_target_group.serve.target_type == "ip"
    error_message = "Fargate's tasks are targets by address."
  }

  assert {
    condition     = aws_lb_target_group.serve.health_check[0].path == "/readyz" && aws_lb_target_group.serve.health_check[0].matcher == "200"
    error_message = "/livez is 200 without a model, too."
  }
}

run "the_load_balancer_closes_idle_connections_first" {
  command = plan

  module {
    source = "./modules/load_balancer"
  }

  assert {
    condition     = aws_lb.this.idle_timeout < tonumber(regex("KEEP_ALIVE = (\\d+)", file("../recommender/entrypoints/cli/serve.py"))[0])
    error_message = "Otherwise requests meet connections that the server is closing, and shoppers see 502."
  }
}

run "it_is_protected" {
  command = plan

  module {
    source = "./modules/load_balancer"
  }

  assert {
    condition     = aws_lb.this.drop_invalid_header_fields && aws_lb.this.enable_deletion_protection && aws_lb.this.subnets == toset(["subnet-1", "subnet-2"])
    error_message = "Headers are checked, it is not deleted by accident, and stands in two zones."
  }
}
