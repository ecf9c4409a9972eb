# Where clicks are remembered, and who may send them.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  image_tag = "v1"
}

run "two_nodes_in_two_zones_remember_what_shoppers_do" {
  command = plan

  variables {
    name                    = "shop"
    node_type               = "cache.t4g.micro"
    nodes                   = 2
    vpc_id                  = "vpc-1"
    subnet_ids              = ["subnet-1", "subnet-2"]
    serve_security_group_id = "sg-serve"
  }

  module {
    source = "./modules/memory"
  }

  assert {
    condition     = aws_elasticache_replication_group.this.multi_az_enabled && aws_elasticache_replication_group.this.automatic_failover_enabled
    error_message = "The loss of a zone must not lose the memory."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && startswith(output.url, "rediss://") && endswith(output.url, ":6379/0")
    error_message = "What shoppers do goes over TLS."
  }

  assert {
    condition     = aws_security_group_rule.from_serve.source_security_group_id == "sg-serve" && aws_security_group_rule.from_serve.cidr_blocks == null
    error_message = "Nobody but the server tasks may ask."
  }

  assert {
    condition = alltrue([
      for rule in [aws_security_group_rule.from_serve, aws_security_group_rule.serve_to_memory] : rule.from_port == 6379 && rule.to_port == 6379
    ])
    error_message = "Both security groups must open its port."
  }
}

run "one_node_has_nobody_to_fail_over_to" {
  command = plan

  variables {
    name                    = "shop"
    node_type               = "cache.t4g.micro"
    nodes                   = 1
    vpc_id                  = "vpc-1"
    subnet_ids              = ["subnet-1", "subnet-2"]
    serve_security_group_id = "sg-serve"
  }

  module {
    source = "./modules/memory"
  }

  assert {
    condition     = !aws_elasticache_replication_group.this.multi_az_enabled && !aws_elasticache_replication_group.this.automatic_failover_enabled
    error_message = "AWS refuses both for a single node."
  }
}

run "by_default_clicks_count_at_once_and_need_a_key" {
  command = plan

  assert {
    condition     = { for each in module.service.container.environment : each.name => each.value }["RECOMMENDER_MEMORY_URL"] == module.memory[0].url
    error_message = "The tasks must share a memory."
  }

  assert {
    condition     = module.service.container.secrets == [{ name = "RECOMMENDER_API_KEYS", valueFrom = output.api_keys_secret_arn }]
    error_message = "The keys must come from the secret."
  }

  assert {
    condition     = !anytrue([for each in module.service.container.environment : each.name == "RECOMMENDER_API_KEYS"])
    error_message = "A key in plain text."
  }

  assert {
    condition     = !contains([for each in module.training.container.environment : each.name], "RECOMMENDER_API_KEYS")
    error_message = "The training takes no requests."
  }
}

run "without_events_there_is_no_memory" {
  command = plan

  variables {
    shopper_memory = "none"
    api_keys       = false
  }

  assert {
    condition     = length(module.memory) == 0 && length(module.keys) == 0 && output.api_keys_secret_arn == null
    error_message = "What is not used must not be paid for."
  }

  assert {
    condition     = { for each in module.service.container.environment : each.name => each.value }["RECOMMENDER_MEMORY_URL"] == "none"
    error_message = "More than one process without a shared memory is refused by the server."
  }
}

run "one_task_with_one_worker_may_remember_by_itself" {
  command = plan

  variables {
    shopper_memory = "process"
    minimum_count  = 1
    maximum_count  = 1
    workers        = 1
  }

  assert {
    condition     = { for each in module.service.container.environment : each.name => each.value }["RECOMMENDER_MEMORY_URL"] == "memory://"
    error_message = "It needs no other."
  }
}

run "several_may_not" {
  command = plan

  variables {
    shopper_memory = "process"
  }

  expect_failures = [var.shopper_memory]
}

run "a_memory_that_nobody_knows_is_refused" {
  command = plan

  variables {
    shopper_memory   = "redis"
    memory_node_type = "large"
    memory_nodes     = 0
  }

  expect_failures = [var.shopper_memory, var.memory_node_type, var.memory_nodes]
}
