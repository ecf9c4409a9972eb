output "url" {
  description = "Where the service answers."
  value       = module.load_balancer.url
}

output "dns_name" {
  description = "What an alias or CNAME record of one's own should name."
  value       = module.load_balancer.dns_name
}

output "repository_url" {
  description = "Where images are pushed: TAG to serve, TAG-train to train."
  value       = module.registry.url
}

output "bucket" {
  description = "The bucket that holds the shop."
  value       = module.bucket.name
}

output "storage_url" {
  description = "RECOMMENDER_STORAGE_URL, for the command line."
  value       = local.environment.RECOMMENDER_STORAGE_URL
}

output "cluster" {
  description = "Name of the ECS cluster."
  value       = module.service.cluster
}

output "service" {
  description = "Name of the ECS service."
  value       = module.service.service
}

output "serve_family" {
  description = "Family of the server's task definitions."
  value       = module.service.family
}

output "train_family" {
  description = "Family of the training's task definitions."
  value       = module.training.family
}

output "log_groups" {
  description = "Where server and training log, and how each training ended."
  value = {
    serve = module.service.log_group
    train = module.training.log_group
    ends  = module.training.ends_log_group
  }
}

output "pipeline_role_arn" {
  description = "Role for GitHub Actions; null without github_repository."
  value       = one(module.pipeline[*].role_arn)
}

output "github_variables" {
  description = "Variables that the deployment workflow reads from its environment."
  value = {
    AWS_REGION         = var.region
    AWS_ROLE_ARN       = one(module.pipeline[*].role_arn)
    ECR_REPOSITORY_URL = module.registry.url
    NAME               = var.name
    SERVICE_URL        = module.load_balancer.url
  }
}

output "alarm_topic_arn" {
  description = "Where alarms are sent."
  value       = module.alarms.topic_arn
}

output "dashboard" {
  description = "The dashboard."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards:name=${module.alarms.dashboard}"
}

output "api_keys_secret_arn" {
  description = "Secret with the keys, as read+write:KEY; null without api_keys."
  value       = one(module.keys[*].secret_arn)
}
