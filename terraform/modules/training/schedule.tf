locals {
  # Without a revision EventBridge starts the newest one, so that a deployment reaches the next night's training.
  newest = replace(aws_ecs_task_definition.train.arn, "/:\\d+$/", "")

  # Trainings carry it, other uses of the task do not: an import that ends well is no training.
  group = "${var.name}-training"
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "${var.name}-train"
  description         = "Train, compact, prune"
  schedule_expression = var.schedule
}

resource "aws_cloudwatch_event_target" "train" {
  count = var.scheduled ? 1 : 0 # not before there is an image to run

  rule     = aws_cloudwatch_event_rule.nightly.name
  arn      = var.cluster_arn
  role_arn = aws_iam_role.schedule.arn

  ecs_target {
    task_definition_arn = local.newest
    launch_type         = "FARGATE"
    task_count          = 1
    group               = local.group

    network_configuration {
      subnets          = var.subnet_ids
      security_groups  = [aws_security_group.train.id]
      assign_public_ip = false
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}

resource "aws_iam_role" "schedule" {
  name        = "${var.name}-schedule"
  description = "EventBridge: starts the training task"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "events.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "run-training"
  role = aws_iam_role.schedule.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = [local.newest, "${local.newest}:*"]
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
      },
      {
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [var.execution_role_arn, var.task_role_arn]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}
