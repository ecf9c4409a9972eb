output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "For the load balancer, one in each zone."
  value       = aws_subnet.public[*].id
}

# Whoever starts a task there needs the routes: ECR is out of reach before.
output "private_subnet_ids" {
  description = "For tasks, one in each zone."
  value       = aws_subnet.private[*].id
  depends_on  = [aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.s3, aws_vpc_endpoint.interface]
}

output "nat_gateways" {
  description = "How many there are."
  value       = local.gateways
}
