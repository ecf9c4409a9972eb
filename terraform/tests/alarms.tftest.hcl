# Who is told of what.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                 = "shop"
  region               = "us-east-1"
  serving              = true
  email                = "ops@example.com"
  load_balancer_suffix = "app/shop/0123456789abcdef"
  target_group_suffix  = "targetgroup/shop-serve/0123456789abcdef"
  cluster              = "shop"
  service              = "shop"
  training_metrics     = { succeeded = "TrainingSucceeded", failed = "TrainingFailed" }
  training_max_days    = 2
}

run "every_alarm_reaches_the_topic_and_the_topic_a_person" {
  command = plan

  module {
    source = "./modules/alarms"
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.this), [aws_cloudwatch_metric_alarm.errors]) :
      alarm.actions_enabled && alarm.alarm_actions == toset([aws_sns_topic.alarms.arn]) && alarm.ok_actions == alarm.alarm_actions
    ])
    error_message = "An alarm that nobody hears is none."
  }

  assert {
    condition     = aws_sns_topic_subscription.email[0].endpoint == "ops@example.com"
    error_message = "The address must be subscribed."
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset([
      "unhealthy", "none-running", "latency", "cpu", "training-failed", "training-overdue",
    ])
    error_message = "docs/operations.md says what each alarm means."
  }
}

run "no_task_is_an_alarm_and_no_traffic_is_none" {
  command = plan

  module {
    source = "./modules/alarms"
  }

  assert {
    condition     = [for name, alarm in aws_cloudwatch_metric_alarm.this : name if alarm.treat_missing_data == "breaching"] == ["none-running", "training-overdue"]
    error_message = "What is missing matters only there."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.errors.treat_missing_data == "notBreaching" && length(aws_cloudwatch_metric_alarm.errors.metric_query) == 4
    error_message = "Errors are a share of the requests."
  }
}

run "they_are_quiet_before_there_is_an_image" {
  command = plan

  module {
    source = "./modules/alarms"
  }

  variables {
    serving = false
    email   = null
  }

  assert {
    condition     = !anytrue(concat(values(aws_cloudwatch_metric_alarm.this), [aws_cloudwatch_metric_alarm.errors])[*].actions_enabled)
    error_message = "Of course nothing runs yet."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0
    error_message = "Nobody asked for mail."
  }
}

run "the_dashboard_shows_all_alarms" {
  command = plan

  module {
    source = "./modules/alarms"
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 7 && length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].properties.alarms) == 7
    error_message = "Six pictures below the alarms."
  }
}

run "a_training_that_fails_or_is_missing_raises_an_alarm" {
  command = plan

  module {
    source = "./modules/alarms"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["training-failed"].metric_name == "TrainingFailed" && aws_cloudwatch_metric_alarm.this["training-failed"].namespace == "shop"
    error_message = "The alarm must look at the metric that is counted."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["training-overdue"].period * aws_cloudwatch_metric_alarm.this["training-overdue"].evaluation_periods == 2 * 24 * 3600
      && aws_cloudwatch_metric_alarm.this["training-overdue"].treat_missing_data == "breaching"
    )
    error_message = "Two days without a success, whether it failed or was never started."
  }
}
