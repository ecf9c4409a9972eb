resource "aws_security_group" "serve" {
  name        = "${var.name}-serve"
  description = "Server tasks: from the load balancer, to AWS"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-serve" }
}

resource "aws_security_group_rule" "from_load_balancer" {
  description              = "Requests and health checks from the load balancer"
  security_group_id        = aws_security_group.serve.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = var.port
  to_port                  = var.port
  source_security_group_id = var.load_balancer_security_group_id
}

resource "aws_security_group_rule" "load_balancer_to_serve" {
  description              = "Requests and health checks to the server tasks"
  security_group_id        = var.load_balancer_security_group_id
  type                     = "egress"
  protocol                 = "tcp"
  from_port                = var.port
  to_port                  = var.port
  source_security_group_id = aws_security_group.serve.id
}

resource "aws_security_group_rule" "to_aws" {
  description       = "HTTPS to S3, ECR and CloudWatch"
  security_group_id = aws_security_group.serve.id
  type              = "egress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"] # their addresses are many and change
}
