output "url" {
  description = "RECOMMENDER_MEMORY_URL of the server tasks."
  value       = "rediss://${aws_elasticache_replication_group.this.primary_endpoint_address}:${local.port}/0"
}
