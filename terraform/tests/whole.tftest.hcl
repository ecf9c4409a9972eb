# The root module, as an operator applies it.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "without_an_image_nothing_runs" {
  command = plan

  assert {
    condition     = module.service.counts.desired == 0 && module.service.counts.minimum == 0
    error_message = "An empty account must be given a service of no tasks."
  }

  assert {
    condition     = !module.training.scheduled
    error_message = "There is no image to train with yet."
  }

  assert {
    condition     = endswith(module.service.container.image, ":initial") && endswith(module.training.container.image, ":initial-train")
    error_message = "The task definitions must name the tags that the first steps push."
  }

  assert {
    condition     = length(module.pipeline) == 0 && output.pipeline_role_arn == null
    error_message = "Nobody asked for a role for GitHub."
  }
}

run "the_first_steps_come_in_order" {
  command = plan

  assert {
    condition = can(regex(join("(.|\n)*", [
      "get-login-password", "scripts/push.sh 123456789012.dkr.ecr.us-east-1.amazonaws.com/recommender initial\n",
      "recommender ingest", "ecs run-task .*--group recommender-training", "image_tag = \"initial\".*image.auto.tfvars", "terraform -chdir=terraform apply", "services-stable", "/readyz",
    ]), replace(output.first_steps, "\\\n", "")))
    error_message = "first_steps: log in, build, push, import, train, apply, look."
  }
}

run "with_an_image_two_to_ten_tasks_run" {
  command = plan

  variables {
    image_tag = "v1"
  }

  assert {
    condition     = module.service.counts == { desired = 2, minimum = 2, maximum = 10 }
    error_message = "Two zones are to have a task each."
  }

  assert {
    condition     = module.training.scheduled
    error_message = "It must train every night."
  }

  assert {
    condition     = endswith(module.service.container.image, ":v1") && endswith(module.training.container.image, ":v1-train")
    error_message = "Both images of one version must be used."
  }
}

run "removing_it_leaves_the_data" {
  command = plan

  assert {
    condition     = strcontains(output.remove, "state rm module.bucket module.bucket_rules\n")
    error_message = "remove: the bucket must be forgotten before the rest is destroyed."
  }
}

run "ports_agree_from_the_image_to_the_load_balancer" {
  command = plan

  assert {
    condition     = length(regexall("(?m)^EXPOSE ${local.port}$", fileexists("../Dockerfile") ? file("../Dockerfile") : "EXPOSE ${local.port}")) == 1
    error_message = "The image listens elsewhere."
  }

  assert {
    condition     = module.service.container.portMappings[0].containerPort == local.port
    error_message = "The task definition names another port."
  }

  assert {
    condition     = one([for each in module.service.container.environment : each.value if each.name == "RECOMMENDER_PORT"]) == tostring(local.port)
    error_message = "The server is told another port."
  }

  assert {
    condition     = module.load_balancer.target_port == local.port
    error_message = "The target group asks another port."
  }
}

run "the_app_has_what_the_load_balancer_asks_for" {
  command = plan

  assert {
    condition     = strcontains(file("../recommender/entrypoints/http/health.py"), "@router.get(\"${module.load_balancer.readiness_path}\"")
    error_message = "No such route."
  }
}

run "containers_are_told_only_what_the_app_knows" {
  command = plan

  assert {
    condition = alltrue([
      for each in concat(module.service.container.environment, module.training.container.environment) :
      each.name == "AWS_REGION" || strcontains(file("../docs/configuration.md"), "`${each.name}`")
    ])
    error_message = "A variable that docs/configuration.md does not list."
  }

  assert {
    condition     = contains(module.service.container.environment[*].value, "s3://recommender-123456789012-us-east-1/shop")
    error_message = "The server must read this bucket and prefix."
  }

  assert {
    condition     = contains(module.training.container.environment[*].value, output.storage_url)
    error_message = "The training must write what the server reads."
  }
}

run "nothing_secret_is_in_plain_text" {
  command = plan

  assert {
    condition = alltrue([
      for each in concat(module.service.container.environment, module.training.container.environment) :
      !can(regex("KEY|SECRET|PASSWORD|TOKEN|CREDENTIAL", each.name)) && !can(regex("AKIA|ASIA", each.value))
    ])
    error_message = "Secrets belong into `secrets`, which names where they are."
  }
}

run "what_can_be_written_to_has_an_owner_in_the_image" {
  command = plan

  # On Fargate a volume belongs to root, unless the image declares a volume of the same path.
  assert {
    condition = !fileexists("../Dockerfile") || alltrue([
      for mount in concat(module.service.container.mountPoints, module.training.container.mountPoints) :
      can(regex("(?m)^VOLUME .*${mount.containerPath}(\"|\\s|$)", file("../Dockerfile")))
    ])
    error_message = "A path is mounted that the Dockerfile does not declare with VOLUME."
  }
}

run "with_a_certificate_it_answers_over_https" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
    domain_name     = "shop.example.com"
  }

  assert {
    condition     = output.url == "https://shop.example.com"
    error_message = "The URL must have the name that the certificate is for."
  }
}

run "a_repository_gets_a_role" {
  command = plan

  variables {
    github_repository = "example/recommender"
  }

  assert {
    condition     = output.github_variables.AWS_ROLE_ARN == output.pipeline_role_arn && output.pipeline_role_arn != null
    error_message = "The workflow needs a role to assume."
  }

  assert {
    condition = alltrue([
      for name in keys(output.github_variables) : strcontains(try(file("../.github/workflows/deploy.yml"), "vars.${name} "), "vars.${name} ")
    ])
    error_message = "The workflow does not read this variable."
  }
}
