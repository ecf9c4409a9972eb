# The role that GitHub Actions takes: no key is stored anywhere. GitHub signs a token that names repository and
# environment, and AWS gives an hour's credentials for it.

locals {
  github   = "token.actions.githubusercontent.com"
  provider = var.oidc_provider_arn == null ? aws_iam_openid_connect_provider.github[0].arn : var.oidc_provider_arn

  revisions = [
    for family in var.families : "arn:${var.partition}:ecs:${var.region}:${var.account_id}:task-definition/${family}:*"
  ]
}

# An account can have one for GitHub; where there is one already, its ARN is given.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  url            = "https://${local.github}"
  client_id_list = ["sts.amazonaws.com"]

  # AWS checks GitHub's certificate against its own list of authorities; the API still takes thumbprints.
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1", "1c58a3a8518e8759bf075b76b750d4f2df264fcd"]
}

resource "aws_iam_role" "this" {
  name        = "${var.name}-pipeline"
  description = "GitHub Actions of ${var.repository}, environment ${var.environment}: pushes images and deploys them"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider }
      Condition = {
        StringEquals = {
          "${local.github}:aud" = "sts.amazonaws.com"
          "${local.github}:sub" = "repo:${var.repository}:environment:${var.environment}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "push-and-deploy"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "LogIn", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Sid    = "Push"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
          "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = var.repository_arn
      },
      {
        # ECS knows no narrower resource for these. What can be registered is bounded by the roles below, what
        # runs by the one service.
        Sid      = "Register"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"]
        Resource = "*"
      },
      {
        # What is registered is the newest revision with another image, tags included.
        Sid       = "Tag"
        Effect    = "Allow"
        Action    = "ecs:TagResource"
        Resource  = local.revisions
        Condition = { StringEquals = { "ecs:CreateAction" = "RegisterTaskDefinition" } }
      },
      { Sid = "ReadTags", Effect = "Allow", Action = "ecs:ListTagsForResource", Resource = local.revisions },
      {
        Sid      = "Deploy"
        Effect   = "Allow"
        Action   = ["ecs:DescribeServices", "ecs:UpdateService"]
        Resource = var.service_arn
      },
      {
        Sid       = "Pass"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = var.passed_role_arns
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}
