# Who may do what: every statement is looked at.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name           = "shop"
  partition      = "aws"
  region         = "us-east-1"
  account_id     = "123456789012"
  bucket_arn     = "arn:aws:s3:::bucket"
  prefix         = "prefix"
  repository_arn = "arn:aws:ecr:us-east-1:123456789012:repository/shop"
  takes_events   = false
  secret_arns    = []
}

run "the_server_reads_models_and_the_forgotten_and_nothing_else" {
  command = plan

  module {
    source = "./modules/roles"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.serve.policy).Statement == [
      {
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = ["arn:aws:s3:::bucket/prefix/models/*", "arn:aws:s3:::bucket/prefix/forgotten.json"]
      },
      {
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "arn:aws:s3:::bucket"
        Condition = { StringLike = { "s3:prefix" = ["prefix", "prefix/*"] } }
      },
    ]
    error_message = "As the table in docs/operations.md says, no more."
  }
}

run "a_server_that_takes_events_writes_those_and_nothing_else" {
  command = plan

  module {
    source = "./modules/roles"
  }

  variables {
    takes_events = true
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.serve.policy).Statement[2] == {
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      Resource = "arn:aws:s3:::bucket/prefix/events/*"
    }
    error_message = "As the table in docs/operations.md says, no more."
  }

  assert {
    condition     = length(jsondecode(aws_iam_role_policy.serve.policy).Statement) == 3
    error_message = "Nothing else comes with the events."
  }
}

run "containers_are_handed_their_own_secrets" {
  command = plan

  module {
    source = "./modules/roles"
  }

  variables {
    secret_arns = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/api-keys-abcdef"]
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.execution.policy).Statement[3] == {
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/api-keys-abcdef"]
    }
    error_message = "This secret and no other."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.serve.policy, "secretsmanager") && !strcontains(aws_iam_role_policy.train.policy, "secretsmanager")
    error_message = "The program itself asks for no secret."
  }
}

run "the_training_stays_below_the_prefix" {
  command = plan

  module {
    source = "./modules/roles"
  }

  assert {
    condition = alltrue([
      for each in jsondecode(aws_iam_role_policy.train.policy).Statement : alltrue([
        for resource in flatten([each.Resource]) :
        resource == "arn:aws:s3:::bucket/prefix/*" || (resource == "arn:aws:s3:::bucket" && each.Action == "s3:ListBucket" && can(each.Condition.StringLike["s3:prefix"]))
      ])
    ])
    error_message = "No other bucket and no other prefix."
  }

  assert {
    condition = toset(flatten(jsondecode(aws_iam_role_policy.train.policy).Statement[*].Action)) == toset([
      "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket",
    ])
    error_message = "Neither the bucket's rules nor its versions are the training's business."
  }

  assert {
    condition = alltrue([
      for action in flatten(jsondecode(aws_iam_role_policy.train.policy).Statement[*].Action) : strcontains(file("../docs/operations.md"), "`${action}`")
    ])
    error_message = "An action that docs/operations.md does not give."
  }
}

run "whoever_starts_containers_pulls_and_logs_and_no_more" {
  command = plan

  module {
    source = "./modules/roles"
  }

  assert {
    condition = alltrue([
      for each in jsondecode(aws_iam_role_policy.execution.policy).Statement :
      each.Resource != "*" || each.Action == "ecr:GetAuthorizationToken"
    ])
    error_message = "Only the log-in knows no narrower resource."
  }

  assert {
    condition = alltrue([
      for action in flatten(jsondecode(aws_iam_role_policy.execution.policy).Statement[*].Action) : !can(regex("\\*|Put(Image|Object)|Delete|s3:", action))
    ])
    error_message = "It must not write images or read the bucket."
  }
}

run "only_tasks_of_this_account_take_the_roles" {
  command = plan

  module {
    source = "./modules/roles"
  }

  assert {
    condition = alltrue([
      for role in [aws_iam_role.serve, aws_iam_role.train, aws_iam_role.execution] :
      jsondecode(role.assume_role_policy).Statement[0].Principal == { Service = "ecs-tasks.amazonaws.com" }
      && jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    ])
    error_message = "Another account's tasks, or another service, could take them."
  }
}

run "the_pipeline_pushes_and_deploys_this_service" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    repository        = "example/recommender"
    environment       = "production"
    oidc_provider_arn = null
    families          = ["shop-serve", "shop-train"]
    service_arn       = "arn:aws:ecs:us-east-1:123456789012:service/shop/shop"
    passed_role_arns  = ["arn:aws:iam::123456789012:role/shop-execution", "arn:aws:iam::123456789012:role/shop-serve"]
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:example/recommender:environment:production"
        }
      }
    }]
    error_message = "Only this environment of this repository, compared as a whole."
  }

  assert {
    condition     = one([for each in jsondecode(aws_iam_role_policy.this.policy).Statement : each.Resource if each.Sid == "Pass"]) == [for arn in var.passed_role_arns : arn]
    error_message = "With any other role a task could do what the pipeline may not."
  }

  assert {
    condition     = one([for each in jsondecode(aws_iam_role_policy.this.policy).Statement : each.Resource if each.Sid == "Deploy"]) == var.service_arn
    error_message = "Another service could be deployed."
  }

  assert {
    condition     = one([for each in jsondecode(aws_iam_role_policy.this.policy).Statement : each.Resource if each.Sid == "Push"]) == var.repository_arn
    error_message = "Other repositories could be pushed to."
  }

  assert {
    condition = toset(flatten([
      for each in jsondecode(aws_iam_role_policy.this.policy).Statement : each.Action if each.Resource == "*" && !can(each.Condition)
    ])) == toset(["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"])
    error_message = "Everything else knows a narrower resource."
  }

  assert {
    condition     = alltrue([for action in flatten(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Action) : !strcontains(action, "*") && !startswith(action, "s3:")])
    error_message = "Actions are named one by one, and the data is none of its business."
  }
}

run "a_provider_that_the_account_has_is_used" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    repository        = "example/recommender"
    environment       = "production"
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/another"
    families          = []
    service_arn       = "arn:aws:ecs:us-east-1:123456789012:service/shop/shop"
    passed_role_arns  = []
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Principal.Federated == var.oidc_provider_arn
    error_message = "An account can have one provider for GitHub only."
  }
}
