output "family" {
  description = "Family of the task definitions."
  value       = aws_ecs_task_definition.train.family
}

output "group" {
  description = "Task group by which a training is known."
  value       = local.group
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.train.id
}

output "log_group" {
  description = "Where the training logs."
  value       = aws_cloudwatch_log_group.train.name
}

output "ends_log_group" {
  description = "How each training ended, with exit code and reason."
  value       = aws_cloudwatch_log_group.ends.name
}

output "metrics" {
  description = "Names of the metrics that count how trainings ended, in the namespace of the name."
  value = {
    succeeded = aws_cloudwatch_log_metric_filter.outcome["TrainingSucceeded"].name
    failed    = aws_cloudwatch_log_metric_filter.outcome["TrainingFailed"].name
  }
}

output "container" {
  description = "What a task runs, as ECS is told."
  value       = jsondecode(aws_ecs_task_definition.train.container_definitions)[0]
}

output "scheduled" {
  description = "Whether the schedule is followed."
  value       = length(aws_cloudwatch_event_target.train) == 1
}
