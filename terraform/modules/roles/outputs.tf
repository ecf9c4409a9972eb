# Each after its policy: a task that starts before it has permission fails.

output "serve_arn" {
  description = "Task role of the server."
  value       = aws_iam_role.serve.arn
  depends_on  = [aws_iam_role_policy.serve]
}

output "train_arn" {
  description = "Task role of training, compaction and imports."
  value       = aws_iam_role.train.arn
  depends_on  = [aws_iam_role_policy.train]
}

output "execution_arn" {
  description = "Execution role of both."
  value       = aws_iam_role.execution.arn
  depends_on  = [aws_iam_role_policy.execution]
}
