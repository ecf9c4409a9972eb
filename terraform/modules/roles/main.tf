# Who may do what. Three roles that containers get: the agent that starts them (execution), the server, and whoever
# trains, imports and compacts. The table in docs/operations.md, section "Least privilege", as policies.

locals {
  # A server that takes events adds batches to the log, and merges its own.
  journal = !var.takes_events ? [] : [{
    Effect   = "Allow"
    Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    Resource = "${var.bucket_arn}/${var.prefix}/events/*"
  }]

  secrets = length(var.secret_arns) == 0 ? [] : [{
    Effect   = "Allow"
    Action   = "secretsmanager:GetSecretValue"
    Resource = var.secret_arns
  }]

  logs = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/ecs/${var.name}"

  # Only tasks of this account may take these roles, not somebody else's through ECS.
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.partition}:ecs:${var.region}:${var.account_id}:*" }
      }
    }]
  })

  # Without this S3 answers "forbidden" where an object is absent.
  list = {
    Effect    = "Allow"
    Action    = "s3:ListBucket"
    Resource  = var.bucket_arn
    Condition = { StringLike = { "s3:prefix" = [var.prefix, "${var.prefix}/*"] } }
  }
}

resource "aws_iam_role" "serve" {
  name               = "${var.name}-serve"
  description        = "The server: reads models and the list of the forgotten, adds events if it takes any"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "serve" {
  name = "read-models"
  role = aws_iam_role.serve.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "${var.bucket_arn}/${var.prefix}/models/*",
          "${var.bucket_arn}/${var.prefix}/forgotten.json",
        ]
      },
      local.list,
    ], local.journal)
  })
}

resource "aws_iam_role" "train" {
  name               = "${var.name}-train"
  description        = "Training, compaction, imports: reads and writes everything below the prefix"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "train" {
  name = "read-and-write"
  role = aws_iam_role.train.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = "${var.bucket_arn}/${var.prefix}/*"
      },
      local.list,
    ]
  })
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  description        = "Starts containers: pulls their image and opens their log"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "execution" {
  name = "pull-and-log"
  role = aws_iam_role.execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }, # knows no narrower resource
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
        Resource = var.repository_arn
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.logs}/serve:*", "${local.logs}/train:*"]
      },
    ], local.secrets)
  })
}
