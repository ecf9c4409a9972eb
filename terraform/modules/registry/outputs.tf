output "url" {
  description = "What to tag images with, without the tag."
  value       = aws_ecr_repository.this.repository_url
}

output "arn" {
  description = "For policies."
  value       = aws_ecr_repository.this.arn
}

output "name" {
  description = "Name of the repository."
  value       = aws_ecr_repository.this.name
}
