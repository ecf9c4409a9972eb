output "url" {
  description = "Where it answers: with a certificate by the name in it, otherwise by the one that AWS gave."
  value       = local.https ? "https://${var.domain_name}" : "http://${aws_lb.this.dns_name}"
}

output "dns_name" {
  description = "What an alias or CNAME record of one's own should name."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "For an alias record in Route 53."
  value       = aws_lb.this.zone_id
}

# ECS refuses a service whose target group no listener uses yet.
output "target_group_arn" {
  description = "Where the service's tasks register."
  value       = aws_lb_target_group.serve.arn
  depends_on  = [aws_lb_listener.http, aws_lb_listener.https]
}

output "target_group_suffix" {
  description = "Dimension TargetGroup of its metrics."
  value       = aws_lb_target_group.serve.arn_suffix
}

output "suffix" {
  description = "Dimension LoadBalancer of its metrics."
  value       = aws_lb.this.arn_suffix
}

output "security_group_id" {
  description = "Security group of the load balancer."
  value       = aws_security_group.this.id
}

output "target_port" {
  description = "Port at which it asks the tasks."
  value       = aws_lb_target_group.serve.port
}

output "readiness_path" {
  description = "What it asks a task before it sends it requests."
  value       = aws_lb_target_group.serve.health_check[0].path
}
