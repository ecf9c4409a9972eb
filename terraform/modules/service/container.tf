locals {
  writable = { cache = "/var/cache/recommender", tmp = "/tmp" }

  container = {
    name      = "serve"
    image     = var.image
    essential = true
    command   = ["serve"]
    user      = "10001:10001"

    portMappings = [{ containerPort = var.port, hostPort = var.port, protocol = "tcp" }]

    environment = [for name, value in merge(var.environment, {
      AWS_REGION            = var.region
      RECOMMENDER_CACHE_DIR = local.writable.cache
      RECOMMENDER_PORT      = tostring(var.port)
      RECOMMENDER_WORKERS   = tostring(var.workers)
    }) : { name = name, value = value }]
    secrets = [for name, arn in var.secrets : { name = name, valueFrom = arn }]

    readonlyRootFilesystem = true
    mountPoints            = [for name, path in local.writable : { sourceVolume = name, containerPath = path, readOnly = false }]
    volumesFrom            = []

    linuxParameters = {
      capabilities       = { drop = ["ALL"] }
      initProcessEnabled = true # reaps the workers' children
    }

    # ECS takes the task out of the load balancer and waits for the deregistration delay before SIGTERM; what
    # still comes over open connections is answered in these seconds, then it is killed.
    stopTimeout = 30

    # ECS leaves the image's HEALTHCHECK aside; the load balancer asks /readyz, and who fails is replaced.
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.serve.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "ecs"
        mode                  = "non-blocking" # answers do not wait for the log
        max-buffer-size       = "4m"
      }
    }
  }
}
