output "role_arn" {
  description = "For the workflow: role-to-assume."
  value       = aws_iam_role.this.arn
}
