output "cluster" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "cluster_arn" {
  description = "For policies and events."
  value       = aws_ecs_cluster.this.arn
}

output "service" {
  description = "Name of the service."
  value       = aws_ecs_service.this.name
}

output "service_arn" {
  description = "For policies."
  value       = aws_ecs_service.this.id
}

output "family" {
  description = "Family of the task definitions."
  value       = aws_ecs_task_definition.serve.family
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.serve.id
}

output "log_group" {
  description = "Where the server logs."
  value       = aws_cloudwatch_log_group.serve.name
}

output "container" {
  description = "What a task runs, as ECS is told."
  value       = jsondecode(aws_ecs_task_definition.serve.container_definitions)[0]
}

output "counts" {
  description = "Tasks: how many to begin with, and between which bounds autoscaling moves."
  value = {
    desired = aws_ecs_service.this.desired_count
    minimum = aws_appautoscaling_target.count.min_capacity
    maximum = aws_appautoscaling_target.count.max_capacity
  }
}
