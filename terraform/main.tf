# The whole service in one account and region. README.md says what it makes, what that costs and in which order.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  port    = 8000 # as in the image
  serving = var.image_tag != null

  # Until there is an image to serve the task definitions name one that does not exist yet: the first to be pushed.
  # With it the training can run before the service does.
  tag = var.image_tag == null ? "initial" : var.image_tag

  bucket = "${var.name}-${local.account_id}-${var.region}"

  memory_url = { valkey = one(module.memory[*].url), process = "memory://", none = "none" }[var.shopper_memory]

  secrets = var.api_keys ? { RECOMMENDER_API_KEYS = module.keys[0].secret_arn } : {}

  environment = {
    RECOMMENDER_STORAGE_URL = "s3://${local.bucket}/${var.prefix}"
    RECOMMENDER_LOG_LEVEL   = "info"
  }
}

# An apply that forgets image_tag would take the service down. It is refused: what this stands for cannot be undone but by
# the steps of the output `remove`.
resource "terraform_data" "image_tag_must_stay_set" {
  count = local.serving ? 1 : 0

  lifecycle {
    prevent_destroy = true
  }
}

module "network" {
  source = "./modules/network"

  name                = var.name
  region              = var.region
  cidr                = var.vpc_cidr
  single_nat_gateway  = var.single_nat_gateway
  interface_endpoints = var.interface_endpoints
}

module "registry" {
  source = "./modules/registry"

  name = var.name
}

module "bucket" {
  source = "./modules/bucket"

  bucket    = local.bucket
  partition = local.partition
}

module "bucket_rules" {
  source = "./modules/bucket_rules"

  bucket          = module.bucket.name
  noncurrent_days = var.noncurrent_days
}

module "memory" {
  source = "./modules/memory"
  count  = var.shopper_memory == "valkey" ? 1 : 0

  name                    = var.name
  node_type               = var.memory_node_type
  nodes                   = var.memory_nodes
  vpc_id                  = module.network.vpc_id
  subnet_ids              = module.network.private_subnet_ids
  serve_security_group_id = module.service.security_group_id
}

module "keys" {
  source = "./modules/keys"
  count  = var.api_keys ? 1 : 0

  name = var.name
}

module "roles" {
  source = "./modules/roles"

  name           = var.name
  partition      = local.partition
  region         = var.region
  account_id     = local.account_id
  bucket_arn     = module.bucket.arn
  prefix         = var.prefix
  repository_arn = module.registry.arn
  takes_events   = local.memory_url != "none"
  secret_arns    = values(local.secrets)
}

module "load_balancer" {
  source = "./modules/load_balancer"

  name                = var.name
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.public_subnet_ids
  port                = local.port
  certificate_arn     = var.certificate_arn
  domain_name         = var.domain_name
  allowed_cidrs       = var.allowed_cidrs
  deletion_protection = var.deletion_protection
}

module "service" {
  source = "./modules/service"

  name                            = var.name
  region                          = var.region
  image                           = "${module.registry.url}:${local.tag}"
  serving                         = local.serving
  port                            = local.port
  cpu                             = var.cpu
  memory                          = var.memory
  workers                         = var.workers
  environment                     = merge(local.environment, { RECOMMENDER_MEMORY_URL = local.memory_url })
  secrets                         = local.secrets
  minimum_count                   = local.serving ? var.minimum_count : 0
  maximum_count                   = var.maximum_count
  requests_per_minute             = var.requests_per_minute
  vpc_id                          = module.network.vpc_id
  subnet_ids                      = module.network.private_subnet_ids
  target_group_arn                = module.load_balancer.target_group_arn
  target_group_suffix             = module.load_balancer.target_group_suffix
  load_balancer_suffix            = module.load_balancer.suffix
  load_balancer_security_group_id = module.load_balancer.security_group_id
  execution_role_arn              = module.roles.execution_arn
  task_role_arn                   = module.roles.serve_arn
  log_days                        = var.log_days
}

module "training" {
  source = "./modules/training"

  name               = var.name
  partition          = local.partition
  region             = var.region
  account_id         = local.account_id
  image              = "${module.registry.url}:${local.tag}-train"
  cpu                = var.train_cpu
  memory             = var.train_memory
  environment        = local.environment
  schedule           = var.train_schedule
  scheduled          = local.serving
  cluster_arn        = module.service.cluster_arn
  vpc_id             = module.network.vpc_id
  subnet_ids         = module.network.private_subnet_ids
  execution_role_arn = module.roles.execution_arn
  task_role_arn      = module.roles.train_arn
  log_days           = var.log_days
}

module "alarms" {
  source = "./modules/alarms"

  name                 = var.name
  region               = var.region
  serving              = local.serving
  email                = var.alarm_email
  load_balancer_suffix = module.load_balancer.suffix
  target_group_suffix  = module.load_balancer.target_group_suffix
  cluster              = module.service.cluster
  service              = module.service.service
  training_metrics     = module.training.metrics
  training_max_days    = var.training_max_days
}

module "pipeline" {
  source = "./modules/pipeline"
  count  = var.github_repository == null ? 0 : 1

  name              = var.name
  partition         = local.partition
  region            = var.region
  account_id        = local.account_id
  repository        = var.github_repository
  environment       = var.github_environment
  oidc_provider_arn = var.github_oidc_provider_arn
  repository_arn    = module.registry.arn
  families          = [module.service.family, module.training.family]
  service_arn       = module.service.service_arn
  passed_role_arns  = [module.roles.execution_arn, module.roles.serve_arn, module.roles.train_arn]
}
