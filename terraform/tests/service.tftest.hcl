# What answers, and how many of it.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                            = "shop"
  region                          = "us-east-1"
  image                           = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:v1"
  serving                         = true
  port                            = 8123
  cpu                             = 1024
  memory                          = 2048
  workers                         = 2
  environment                     = { RECOMMENDER_STORAGE_URL = "s3://bucket/prefix" }
  secrets                         = { RECOMMENDER_API_KEYS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/api-keys-abcdef" }
  minimum_count                   = 2
  maximum_count                   = 6
  requests_per_minute             = 10000
  vpc_id                          = "vpc-1"
  subnet_ids                      = ["subnet-1", "subnet-2"]
  target_group_arn                = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-serve/0123456789abcdef"
  target_group_suffix             = "targetgroup/shop-serve/0123456789abcdef"
  load_balancer_suffix            = "app/shop/0123456789abcdef"
  load_balancer_security_group_id = "sg-balancer"
  execution_role_arn              = "arn:aws:iam::123456789012:role/shop-execution"
  task_role_arn                   = "arn:aws:iam::123456789012:role/shop-serve"
  log_days                        = 30
}

run "one_port_from_the_load_balancer_to_the_container" {
  command = plan

  module {
    source = "./modules/service"
  }

  assert {
    condition     = output.container.portMappings[0] == { containerPort = 8123, hostPort = 8123, protocol = "tcp" }
    error_message = "The container must be reachable at its port."
  }

  assert {
    condition     = one(aws_ecs_service.this.load_balancer).container_port == 8123 && one(aws_ecs_service.this.load_balancer).container_name == output.container.name
    error_message = "The service must register that container and port."
  }

  assert {
    condition = alltrue([
      for rule in [aws_security_group_rule.from_load_balancer, aws_security_group_rule.load_balancer_to_serve] :
      rule.from_port == 8123 && rule.to_port == 8123 && rule.cidr_blocks == null
    ])
    error_message = "Both security groups must open that port, to each other only."
  }

  assert {
    condition     = aws_security_group_rule.from_load_balancer.source_security_group_id == "sg-balancer" && aws_security_group_rule.from_load_balancer.security_group_id == aws_security_group.serve.id
    error_message = "Nobody but the load balancer may ask the tasks."
  }

  assert {
    condition     = aws_security_group_rule.load_balancer_to_serve.security_group_id == "sg-balancer" && aws_security_group_rule.load_balancer_to_serve.source_security_group_id == aws_security_group.serve.id
    error_message = "The load balancer asks nobody else."
  }
}

run "a_bad_deployment_is_rolled_back" {
  command = plan

  module {
    source = "./modules/service"
  }

  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback
    error_message = "A version that does not become ready must not be tried for ever."
  }

  assert {
    condition     = aws_ecs_service.this.deployment_minimum_healthy_percent == 100 && aws_ecs_service.this.deployment_maximum_percent == 200
    error_message = "Old tasks must answer until new ones do."
  }
}

run "autoscaling_stays_within_its_bounds" {
  command = plan

  module {
    source = "./modules/service"
  }

  assert {
    condition     = output.counts == { desired = 2, minimum = 2, maximum = 6 }
    error_message = "It must begin with the least and end with the most."
  }

  assert {
    condition     = aws_appautoscaling_target.count.resource_id == "service/shop/shop"
    error_message = "It must scale this service."
  }

  assert {
    condition     = aws_appautoscaling_policy.cpu.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "ECSServiceAverageCPUUtilization"
    error_message = "CPU is one measure."
  }

  assert {
    condition     = aws_appautoscaling_policy.requests.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].resource_label == "app/shop/0123456789abcdef/targetgroup/shop-serve/0123456789abcdef"
    error_message = "Requests of this load balancer to this target group are the other."
  }
}

run "the_container_may_do_little" {
  command = plan

  module {
    source = "./modules/service"
  }

  assert {
    condition     = output.container.readonlyRootFilesystem && output.container.user == "10001:10001" && output.container.linuxParameters.capabilities.drop == ["ALL"]
    error_message = "Not root, nothing to write to, no capabilities."
  }

  assert {
    condition     = output.container.mountPoints[*].containerPath == ["/var/cache/recommender", "/tmp"] && toset(output.container.mountPoints[*].sourceVolume) == toset(aws_ecs_task_definition.serve.volume[*].name)
    error_message = "Only the cache and /tmp can be written to."
  }

  assert {
    condition     = !one(aws_ecs_service.this.network_configuration).assign_public_ip
    error_message = "Tasks must have no public address."
  }

  assert {
    condition     = one(output.container.secrets).valueFrom == var.secrets["RECOMMENDER_API_KEYS"] && aws_ecs_task_definition.serve.task_role_arn != aws_ecs_task_definition.serve.execution_role_arn
    error_message = "The server gets the secrets it is meant to have, and not the role that starts it."
  }
}

run "it_is_told_what_the_image_does_not_know" {
  command = plan

  module {
    source = "./modules/service"
  }

  assert {
    condition = { for each in output.container.environment : each.name => each.value } == {
      AWS_REGION              = "us-east-1"
      RECOMMENDER_CACHE_DIR   = "/var/cache/recommender"
      RECOMMENDER_PORT        = "8123"
      RECOMMENDER_STORAGE_URL = "s3://bucket/prefix"
      RECOMMENDER_WORKERS     = "2"
    }
    error_message = "All of the configuration must be there."
  }

  assert {
    condition     = output.container.stopTimeout > try(tonumber(regex("DRAIN = (\\d+)", file("../recommender/entrypoints/cli/serve.py"))[0]), 10) && output.container.stopTimeout <= 120
    error_message = "The server needs the time to answer what has been asked; Fargate gives no more than 120 seconds."
  }

  assert {
    condition     = output.container.logConfiguration.options["awslogs-group"] == "/ecs/shop/serve" && aws_cloudwatch_log_group.serve.retention_in_days == 30
    error_message = "It must log where the role may write."
  }
}
