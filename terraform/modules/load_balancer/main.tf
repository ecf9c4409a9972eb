locals {
  https = var.certificate_arn != null

  # Below the server's keep-alive of 75 seconds: it is the load balancer that closes an idle connection, and never
  # sends a request into one that the server is closing.
  idle_timeout = 60
}

resource "aws_lb" "this" {
  #checkov:skip=CKV_AWS_91:Access logs would hold visitors' ids and addresses, which `recommender forget` does not reach
  #checkov:skip=CKV2_AWS_28:A web application firewall costs by the rule and request; allowed_cidrs narrows who may ask
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.this.id]
  idle_timeout               = local.idle_timeout
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
}

resource "aws_lb_target_group" "serve" {
  #checkov:skip=CKV_AWS_378:Between load balancer and task it is HTTP, inside the VPC and between two security groups
  name                          = "${var.name}-serve"
  vpc_id                        = var.vpc_id
  target_type                   = "ip"
  protocol                      = "HTTP"
  port                          = var.port
  load_balancing_algorithm_type = "least_outstanding_requests"
  deregistration_delay          = 30 # answers take milliseconds: whatever was asked is answered by then

  # /readyz says whether a model is loaded. It stays 200 while S3 is away, so that an outage there replaces nobody.
  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "http" {
  #checkov:skip=CKV_AWS_2:Redirects when there is a certificate; without one this is a trial, and the README says so
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = local.https ? "redirect" : "forward"
    target_group_arn = local.https ? null : aws_lb_target_group.serve.arn

    dynamic "redirect" {
      for_each = local.https ? [1] : []

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }
  }
}

# Figures are for who watches the service, from within the network: at the tasks themselves.
resource "aws_lb_listener_rule" "metrics" {
  listener_arn = local.https ? aws_lb_listener.https[0].arn : aws_lb_listener.http.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/metrics"]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener" "https" {
  count = local.https ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = var.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06" # TLS 1.3, and 1.2 with forward secrecy

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.serve.arn
  }
}
