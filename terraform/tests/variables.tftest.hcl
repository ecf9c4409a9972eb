# What cannot work is refused before anything is made.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "names_that_a_load_balancer_does_not_take" {
  command = plan

  variables {
    name = "Our_Recommender"
  }

  expect_failures = [var.name]
}

run "names_that_are_too_long" {
  command = plan

  variables {
    name = "recommendations-for-us"
  }

  expect_failures = [var.name]
}

run "a_region_that_is_none" {
  command = plan

  variables {
    region = "Frankfurt"
  }

  expect_failures = [var.region]
}

run "a_tag_with_a_slash" {
  command = plan

  variables {
    image_tag = "feature/x"
  }

  expect_failures = [var.image_tag]
}

run "an_empty_tag_is_not_null" {
  command = plan

  variables {
    image_tag = ""
  }

  expect_failures = [var.image_tag]
}

run "prefixes_that_the_app_refuses_begin_with_a_slash" {
  command = plan

  variables {
    prefix = "/shop"
  }

  expect_failures = [var.prefix]
}

run "or_have_a_segment_that_begins_with_a_dot" {
  command = plan

  variables {
    prefix = "shops/../other"
  }

  expect_failures = [var.prefix]
}

run "prefixes_that_would_be_wildcards_in_a_policy" {
  command = plan

  variables {
    prefix = "shop*"
  }

  expect_failures = [var.prefix]
}

run "prefixes_that_the_app_takes" {
  command = plan

  variables {
    prefix = "shops/de=1/_a.b-c"
  }
}

run "the_app_has_the_same_grammar" {
  command = plan

  assert {
    condition     = strcontains(file("../recommender/settings.py"), local.prefix_grammar)
    error_message = "recommender/settings.py has another grammar of prefixes."
  }
}

run "cpu_that_fargate_does_not_have" {
  command = plan

  variables {
    cpu = 1000
  }

  expect_failures = [var.cpu]
}

run "memory_that_fargate_does_not_have_with_it" {
  command = plan

  variables {
    cpu    = 256
    memory = 4096
  }

  expect_failures = [var.memory]
}

run "memory_for_training_that_fargate_does_not_have" {
  command = plan

  variables {
    train_cpu    = 8192
    train_memory = 17408
  }

  expect_failures = [var.train_memory]
}

run "the_smallest_and_the_largest_task" {
  command = plan

  variables {
    cpu          = 256
    memory       = 512
    train_cpu    = 16384
    train_memory = 122880
  }
}

run "fewer_at_most_than_at_least" {
  command = plan

  variables {
    minimum_count = 5
    maximum_count = 4
  }

  expect_failures = [var.maximum_count]
}

run "no_task_at_least" {
  command = plan

  variables {
    minimum_count = 0
  }

  expect_failures = [var.minimum_count]
}

run "half_a_worker" {
  command = plan

  variables {
    workers = 0.5
  }

  expect_failures = [var.workers]
}

run "a_schedule_without_its_word" {
  command = plan

  variables {
    train_schedule = "0 3 * * *"
  }

  expect_failures = [var.train_schedule]
}

run "an_alarm_that_would_look_too_far_back" {
  command = plan

  variables {
    training_max_days = 8
  }

  expect_failures = [var.training_max_days]
}

run "a_certificate_of_another_service" {
  command = plan

  variables {
    certificate_arn = "arn:aws:iam::123456789012:server-certificate/shop"
    domain_name     = "shop.example.com"
  }

  expect_failures = [var.certificate_arn]
}

run "a_certificate_without_its_name" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
  }

  expect_failures = [var.domain_name]
}

run "addresses_that_are_none" {
  command = plan

  variables {
    allowed_cidrs = ["203.0.113.0/24", "everybody"]
  }

  expect_failures = [var.allowed_cidrs]
}

run "a_vpc_too_small_for_its_subnets" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/24"
  }

  expect_failures = [var.vpc_cidr]
}

run "all_repositories_of_an_owner" {
  command = plan

  variables {
    github_repository = "example/*"
  }

  expect_failures = [var.github_repository]
}

run "any_environment" {
  command = plan

  variables {
    github_environment = "*"
  }

  expect_failures = [var.github_environment]
}

run "an_email_without_an_at" {
  command = plan

  variables {
    alarm_email = "ops"
  }

  expect_failures = [var.alarm_email]
}

run "log_days_that_cloudwatch_does_not_have" {
  command = plan

  variables {
    log_days = 31
  }

  expect_failures = [var.log_days]
}

run "versions_that_are_never_kept" {
  command = plan

  variables {
    noncurrent_days = 0
  }

  expect_failures = [var.noncurrent_days]
}
