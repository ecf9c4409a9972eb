output "secret_arn" {
  description = "The secret that holds RECOMMENDER_API_KEYS."
  value       = aws_secretsmanager_secret.this.arn
}
