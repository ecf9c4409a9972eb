# Answers requests: the cluster, the task and the service that keeps it running.

resource "aws_ecs_cluster" "this" {
  #checkov:skip=CKV_AWS_65:Container Insights bills a dozen metrics; the alarms use those of ECS and the load balancer
  name = var.name
}

resource "aws_cloudwatch_log_group" "serve" {
  #checkov:skip=CKV_AWS_158:Encrypted with the key of CloudWatch Logs; nothing secret is logged
  #checkov:skip=CKV_AWS_338:log_days decides; visitors may be named in the log, a year of it is too much
  name              = "/ecs/${var.name}/serve"
  retention_in_days = var.log_days
}

resource "aws_ecs_task_definition" "serve" {
  family                   = "${var.name}-serve"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn
  container_definitions    = jsonencode([local.container])

  # All that can be written to; gone with the task. The image declares both as volumes, which is how they
  # get an owner other than root.
  dynamic "volume" {
    for_each = local.writable

    content {
      name = volume.key
    }
  }
}

# The service ignores the task definition and the count, so that deployments and autoscaling are not undone. The step
# from no image to the first one must reach it all the same; it replaces a service of which nothing runs yet.
resource "terraform_data" "first_image" {
  input = var.serving
}

resource "aws_ecs_service" "this" {
  name                              = var.name
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.serve.arn
  launch_type                       = "FARGATE"
  desired_count                     = var.minimum_count
  health_check_grace_period_seconds = 120 # the first answer waits for a model to be copied from S3
  propagate_tags                    = "SERVICE"
  enable_ecs_managed_tags           = true

  # New tasks beside the old ones, which stop when the new ones answer.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.serve.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.target_group_arn
    container_name   = local.container.name
    container_port   = var.port
  }

  lifecycle {
    ignore_changes       = [task_definition, desired_count]
    replace_triggered_by = [terraform_data.first_image]
  }

  depends_on = [
    aws_security_group_rule.from_load_balancer,
    aws_security_group_rule.load_balancer_to_serve,
    aws_security_group_rule.to_aws,
  ]
}
