# The commands that follow, to copy. They are run in the repository's root folder.

locals {
  aws      = "aws --region ${var.region}"
  registry = split("/", module.registry.url)[0]
  network  = "awsvpcConfiguration={subnets=[${join(",", module.network.private_subnet_ids)}],securityGroups=[${module.training.security_group_id}],assignPublicIp=DISABLED}"

  # Starts the task, waits for its end, and prints its exit code and why it stopped.
  train = <<-SH
    task=$(${local.aws} ecs run-task --cluster ${module.service.cluster} --task-definition ${module.training.family} \
      --launch-type FARGATE --group ${module.training.group} \
      --network-configuration '${local.network}' \
      --query 'tasks[0].taskArn' --output text)
    for minutes in 10 20 30 40 50 60; do
      ${local.aws} ecs wait tasks-stopped --cluster ${module.service.cluster} --tasks "$task" && break
    done
    ${local.aws} ecs describe-tasks --cluster ${module.service.cluster} --tasks "$task" \
      --query 'tasks[0].{exit: containers[0].exitCode, why: stoppedReason}'
  SH
}

output "first_steps" {
  description = "From an empty account to a service that answers."
  value       = <<-SH
    # 1. Log in to the registry, build both images and push them.
    ${local.aws} ecr get-login-password | docker login --username AWS --password-stdin ${local.registry}
    scripts/push.sh ${module.registry.url} ${local.tag}

    # 2. Import the shop's files. For a trial with a sample, first:
    #    make setup && .venv/bin/recommender sample --visitors 75000 --items 5000 --days 60 --out shop/files
    make setup
    export AWS_REGION=${var.region} RECOMMENDER_STORAGE_URL=${local.environment.RECOMMENDER_STORAGE_URL}
    .venv/bin/recommender ingest --events shop/files/events.csv \
      --item-properties shop/files/item_properties*.csv --category-tree shop/files/category_tree.csv

    # 3. Train. "exit": 0 is well.
    ${local.train}
    # 4. Serve.
    echo 'image_tag = "${local.tag}"' > terraform/image.auto.tfvars # keep it: every later apply needs it
    terraform -chdir=terraform apply
    ${local.aws} ecs wait services-stable --cluster ${module.service.cluster} --services ${module.service.service}
    curl --fail ${module.load_balancer.url}/readyz
  SH
}

output "train_now" {
  description = "Trains, compacts and prunes outside of the schedule."
  value       = local.train
}

output "remove" {
  description = "Removes everything but the bucket and what it holds; the last command removes that, too."
  value       = <<-SH
    terraform -chdir=terraform apply -var deletion_protection=false
    ${local.aws} ecr delete-repository --force --repository-name ${module.registry.name}
    terraform -chdir=terraform state rm module.bucket module.bucket_rules${local.serving ? " terraform_data.image_tag_must_stay_set" : ""}
    terraform -chdir=terraform destroy -var deletion_protection=false

    rm -f terraform/image.auto.tfvars # a new beginning starts without an image

    # What the pipeline has registered; it costs nothing.
    for revision in $(for family in ${module.service.family} ${module.training.family}; do
      ${local.aws} ecs list-task-definitions --family-prefix "$family" --query 'taskDefinitionArns[]' --output text
    done); do ${local.aws} ecs deregister-task-definition --task-definition "$revision" --query taskDefinition.status; done

    # The data is still there, versioned and locked as before. To delete it for good, with every version:
    .venv/bin/python -c 'import boto3; bucket = boto3.resource("s3", "${var.region}").Bucket("${module.bucket.name}"); bucket.object_versions.delete(); bucket.delete()'
  SH
}
