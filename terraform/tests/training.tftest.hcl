# What learns every night.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name               = "shop"
  partition          = "aws"
  region             = "us-east-1"
  account_id         = "123456789012"
  image              = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:v1-train"
  cpu                = 4096
  memory             = 16384
  environment        = { RECOMMENDER_STORAGE_URL = "s3://bucket/prefix" }
  schedule           = "cron(0 3 * * ? *)"
  scheduled          = true
  cluster_arn        = "arn:aws:ecs:us-east-1:123456789012:cluster/shop"
  vpc_id             = "vpc-1"
  subnet_ids         = ["subnet-1", "subnet-2"]
  execution_role_arn = "arn:aws:iam::123456789012:role/shop-execution"
  task_role_arn      = "arn:aws:iam::123456789012:role/shop-train"
  log_days           = 30
}

run "it_trains_then_compacts_then_prunes_and_stops_at_the_first_failure" {
  command = plan

  module {
    source = "./modules/training"
  }

  assert {
    condition     = output.container.entryPoint == ["/bin/sh", "-c"] && output.container.command == ["recommender train && recommender compact && recommender models prune"]
    error_message = "The task's exit code must be that of the command that failed."
  }

  assert {
    condition = alltrue([
      for verb in ["train", "compact"] : length(regexall("recommender ${verb}", join("", output.container.command))) == 1 && fileexists("../recommender/entrypoints/cli/${verb}.py")
    ])
    error_message = "The command line has no such verb."
  }
}

run "the_newest_revision_is_run" {
  command = plan

  module {
    source = "./modules/training"
  }

  assert {
    condition     = aws_cloudwatch_event_target.train[0].ecs_target[0].task_definition_arn == "arn:aws:ecs:us-east-1:123456789012:task-definition/recommender-train"
    error_message = "With a revision in it a deployment would not reach the training."
  }

  assert {
    condition     = aws_cloudwatch_event_target.train[0].ecs_target[0].launch_type == "FARGATE" && !aws_cloudwatch_event_target.train[0].ecs_target[0].network_configuration[0].assign_public_ip
    error_message = "It runs as the server does, without a public address."
  }
}

run "eventbridge_may_start_this_task_and_no_other" {
  command = plan

  module {
    source = "./modules/training"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.schedule.policy).Statement == [
      {
        Effect = "Allow"
        Action = "ecs:RunTask"
        Resource = [
          "arn:aws:ecs:us-east-1:123456789012:task-definition/recommender-train",
          "arn:aws:ecs:us-east-1:123456789012:task-definition/recommender-train:*",
        ]
        Condition = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:us-east-1:123456789012:cluster/shop" } }
      },
      {
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = ["arn:aws:iam::123456789012:role/shop-execution", "arn:aws:iam::123456789012:role/shop-train"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
    error_message = "One family, one cluster, two roles."
  }
}

run "nothing_is_scheduled_before_there_is_an_image" {
  command = plan

  module {
    source = "./modules/training"
  }

  variables {
    scheduled = false
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.train) == 0
    error_message = "It could only fail."
  }
}

run "every_end_of_a_training_is_counted_once" {
  command = plan

  module {
    source = "./modules/training"
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.ended.event_pattern).detail == { clusterArn = [var.cluster_arn], group = [aws_cloudwatch_event_target.train[0].ecs_target[0].group], lastStatus = ["STOPPED"] }
    error_message = "The events must be those of the tasks that the schedule starts."
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.outcome["TrainingSucceeded"].pattern == "{ $.detail.containers[0].exitCode = 0 }"
    error_message = "Only exit code 0 is a success."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_log_metric_filter.outcome["TrainingFailed"].pattern, "exitCode != 0") && strcontains(aws_cloudwatch_log_metric_filter.outcome["TrainingFailed"].pattern, "NOT EXISTS")
    error_message = "A task that never ran has no exit code, and is a failure all the same."
  }
}

run "nobody_can_ask_the_training_anything" {
  command = plan

  module {
    source = "./modules/training"
  }

  assert {
    condition     = aws_security_group_rule.to_aws.type == "egress" && aws_security_group_rule.to_aws.to_port == 443 && output.container.portMappings == []
    error_message = "It listens to nobody."
  }

  assert {
    condition     = output.container.readonlyRootFilesystem && output.container.user == "10001:10001" && output.container.linuxParameters.capabilities.drop == ["ALL"]
    error_message = "Not root, nothing to write to, no capabilities."
  }
}
