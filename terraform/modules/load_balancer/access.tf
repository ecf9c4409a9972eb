resource "aws_security_group" "this" {
  name        = "${var.name}-load-balancer"
  description = "Load balancer: from allowed addresses, to the tasks"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-load-balancer" }
}

resource "aws_security_group_rule" "http" {
  #checkov:skip=CKV_AWS_260:Port 80 redirects to HTTPS; allowed_cidrs says for whom it is open
  description       = "HTTP"
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = var.allowed_cidrs
}

resource "aws_security_group_rule" "https" {
  count = local.https ? 1 : 0

  description       = "HTTPS"
  security_group_id = aws_security_group.this.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = var.allowed_cidrs
}
