# Trains every night, then compacts and prunes; the same task, started by hand, does whatever else the command line can.

resource "aws_cloudwatch_log_group" "train" {
  #checkov:skip=CKV_AWS_158:Encrypted with the key of CloudWatch Logs; nothing secret is logged
  #checkov:skip=CKV_AWS_338:log_days decides
  name              = "/ecs/${var.name}/train"
  retention_in_days = var.log_days
}

resource "aws_ecs_task_definition" "train" {
  family                   = "${var.name}-train"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn
  container_definitions    = jsonencode([local.container])

  dynamic "volume" {
    for_each = local.writable

    content {
      name = volume.key
    }
  }
}

locals {
  writable = { cache = "/var/cache/recommender", tmp = "/tmp" }

  container = {
    name      = "train"
    image     = var.image
    essential = true
    user      = "10001:10001"

    # A shell, because it is three commands, and the first that fails ends the task with its exit code. To run
    # another one, override the command with a line of its own.
    entryPoint = ["/bin/sh", "-c"]
    command    = ["recommender train && recommender compact && recommender models prune"]

    environment = [for name, value in merge(var.environment, {
      AWS_REGION            = var.region
      RECOMMENDER_CACHE_DIR = local.writable.cache
    }) : { name = name, value = value }]

    portMappings           = []
    volumesFrom            = []
    readonlyRootFilesystem = true
    mountPoints            = [for name, path in local.writable : { sourceVolume = name, containerPath = path, readOnly = false }]
    stopTimeout            = 30

    linuxParameters = {
      capabilities       = { drop = ["ALL"] }
      initProcessEnabled = true
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.train.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "ecs"
      }
    }
  }
}

resource "aws_security_group" "train" {
  name        = "${var.name}-train"
  description = "Training tasks: to AWS, from nobody"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-train" }
}

resource "aws_security_group_rule" "to_aws" {
  description       = "HTTPS to S3, ECR and CloudWatch"
  security_group_id = aws_security_group.train.id
  type              = "egress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"] # their addresses are many and change
}
