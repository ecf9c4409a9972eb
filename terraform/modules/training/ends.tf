# How each training ended: ECS says so in an event, with exit code and reason, also when no container ever ran. The
# events are kept as a log and counted from there.

resource "aws_cloudwatch_event_rule" "ended" {
  name        = "${var.name}-training-ended"
  description = "A training has stopped, well or not"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster_arn]
      group      = [local.group]
      lastStatus = ["STOPPED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "ended" {
  rule = aws_cloudwatch_event_rule.ended.name
  arn  = aws_cloudwatch_log_group.ends.arn

  depends_on = [aws_cloudwatch_log_resource_policy.ends]
}

resource "aws_cloudwatch_log_group" "ends" {
  #checkov:skip=CKV_AWS_158:Encrypted with the key of CloudWatch Logs; exit codes are no secret
  #checkov:skip=CKV_AWS_338:log_days decides
  name              = "/aws/events/${var.name}-training"
  retention_in_days = var.log_days
}

resource "aws_cloudwatch_log_resource_policy" "ends" {
  policy_name = "${var.name}-training-ends"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Principal = { Service = ["events.amazonaws.com", "delivery.logs.amazonaws.com"] }
      Resource  = "${local.ends}:*"
    }]
  })
}

locals {
  ends = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/aws/events/${var.name}-training"

  # No exit code: the image could not be pulled, or there was no room to run it.
  outcomes = {
    TrainingSucceeded = "{ $.detail.containers[0].exitCode = 0 }"
    TrainingFailed    = "{ ($.detail.containers[0].exitCode NOT EXISTS) || ($.detail.containers[0].exitCode != 0) }"
  }
}

resource "aws_cloudwatch_log_metric_filter" "outcome" {
  for_each = local.outcomes

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.ends.name
  pattern        = each.value

  metric_transformation {
    namespace = var.name
    name      = each.key
    value     = "1"
  }
}
