# What shoppers did just now, shared by all server tasks: Valkey in the private subnets. What is lost with it comes back
# with the next training, because the events themselves are in the bucket.

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV_AWS_31:Reached by the server tasks' security group only, over TLS; a password would be one more secret to turn over
  #checkov:skip=CKV_AWS_191:Encrypted with the key of ElastiCache; what is in it expires within a week
  #checkov:skip=CKV2_AWS_50:It is on with two nodes, the default; AWS refuses it for one
  replication_group_id       = var.name
  description                = "What shoppers did just now"
  engine                     = "valkey"
  engine_version             = "8.0"
  parameter_group_name       = "default.valkey8" # its eviction takes what expires, and all of it does
  node_type                  = var.node_type
  num_cache_clusters         = var.nodes
  automatic_failover_enabled = var.nodes > 1
  multi_az_enabled           = var.nodes > 1
  port                       = local.port
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]
  transit_encryption_enabled = true
  at_rest_encryption_enabled = true
  auto_minor_version_upgrade = true
  apply_immediately          = true
}

locals {
  port = 6379
}

resource "aws_security_group" "this" {
  name        = "${var.name}-memory"
  description = "Shopper memory: from the server tasks, to nobody"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-memory" }
}

resource "aws_security_group_rule" "from_serve" {
  description              = "From the server tasks"
  security_group_id        = aws_security_group.this.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = local.port
  to_port                  = local.port
  source_security_group_id = var.serve_security_group_id
}

resource "aws_security_group_rule" "serve_to_memory" {
  description              = "To the shopper memory"
  security_group_id        = var.serve_security_group_id
  type                     = "egress"
  protocol                 = "tcp"
  from_port                = local.port
  to_port                  = local.port
  source_security_group_id = aws_security_group.this.id
}
