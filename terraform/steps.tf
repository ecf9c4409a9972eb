# The commands that follow, to copy. They are run in the repository's root folder.

locals {
  account_host = split("/", module.registry.url)[0]
  aws          = "aws --region ${var.region}"

  network = "awsvpcConfiguration={subnets=[${join(",", module.network.private_subnet_ids)}],securityGroups=[${module.training.security_group_id}],assignPublicIp=DISABLED}"

  # Starts the task, waits for its end, and prints its exit code and why it stopped.
  run = <<-SH
    task=$(${local.aws} ecs run-task --cluster ${module.service.cluster} --task-definition ${module.training.family} \
      --launch-type FARGATE --group ${module.training.group} \
      --network-configuration '${local.network}' \
      --query 'tasks[0].taskArn' --output text)
    until ${local.aws} ecs wait tasks-stopped --cluster ${module.service.cluster} --tasks "$task"; do :; done
    ${local.aws} ecs describe-tasks --cluster ${module.service.cluster} --tasks "$task" \
      --query 'tasks[0].{exit: containers[0].exitCode, why: stoppedReason}'
  SH
}

output "first_steps" {
  description = "From an empty account to a service that answers."
  value       = <<-SH
    # 1. Log in to the registry.
    ${local.aws} ecr get-login-password | docker login --username AWS --password-stdin ${local.account_host}

    # 2. Build both images and push them.
    docker build --platform linux/amd64 --target serve -t ${module.registry.url}:${local.tag} .
    docker build --platform linux/amd64 --target train -t ${module.registry.url}:${local.tag}-train .
    docker push ${module.registry.url}:${local.tag}
    docker push ${module.registry.url}:${local.tag}-train

    # 3. Import the shop's files (for a trial: make run makes a sample in shop/files first).
    make setup
    export AWS_REGION=${var.region} RECOMMENDER_STORAGE_URL=${local.environment.RECOMMENDER_STORAGE_URL}
    .venv/bin/recommender ingest --events shop/files/events.csv \
      --item-properties shop/files/item_properties.csv --category-tree shop/files/category_tree.csv

    # 4. Train; "exit": 0 is well.
    ${local.run}
    # 5. Serve.
    terraform -chdir=terraform apply -var image_tag=${local.tag}
    ${local.aws} ecs wait services-stable --cluster ${module.service.cluster} --services ${module.service.service}
    curl --fail ${module.load_balancer.url}/readyz
  SH
}

output "train_now" {
  description = "Trains, compacts and prunes outside of the schedule."
  value       = local.run
}
