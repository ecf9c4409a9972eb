# Each alarm has a paragraph in docs/operations.md. All send to one topic, when they begin and when they end, and to
# nobody while nothing is served yet.

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:Alarms cannot publish through the managed key of SNS; they carry names and numbers only
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  count = var.email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.email # who confirms by the link that AWS sends
}

locals {
  balancer = { LoadBalancer = var.load_balancer_suffix }
  targets  = { LoadBalancer = var.load_balancer_suffix, TargetGroup = var.target_group_suffix }
  service  = { ClusterName = var.cluster, ServiceName = var.service }

  # missing: what no data means. Without requests there is no latency, and that is well; without a count of
  # healthy tasks there are none.
  alarms = {
    unhealthy = {
      about     = "A task has not been ready for five minutes."
      namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = local.targets
      statistic = "Maximum", comparison = "GreaterThanOrEqualToThreshold", threshold = 1
      period    = 60, periods = 5, missing = "notBreaching"
    }
    none-running = {
      about     = "No task is ready to answer."
      namespace = "AWS/ApplicationELB", metric = "HealthyHostCount", dimensions = local.targets
      statistic = "Maximum", comparison = "LessThanThreshold", threshold = 1
      period    = 60, periods = 3, missing = "breaching"
    }
    latency = {
      about     = "One answer in a hundred takes longer than 250 ms, for a quarter of an hour."
      namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = local.targets
      statistic = "p99", comparison = "GreaterThanThreshold", threshold = 0.25
      period    = 300, periods = 3, missing = "notBreaching"
    }
    cpu = {
      about     = "CPU stays above 85 % though autoscaling aims at 60: the greatest number of tasks is reached."
      namespace = "AWS/ECS", metric = "CPUUtilization", dimensions = local.service
      statistic = "Average", comparison = "GreaterThanThreshold", threshold = 85
      period    = 300, periods = 3, missing = "notBreaching"
    }
    training-failed = {
      about     = "A training, or the compaction after it, did not end well."
      namespace = var.name, metric = var.training_metrics.failed, dimensions = null
      statistic = "Sum", comparison = "GreaterThanOrEqualToThreshold", threshold = 1
      period    = 300, periods = 1, missing = "notBreaching"
    }
    training-overdue = {
      about     = "No training has ended well for ${var.training_max_days} days."
      namespace = var.name, metric = var.training_metrics.succeeded, dimensions = null
      statistic = "Sum", comparison = "LessThanThreshold", threshold = 1
      period    = 86400, periods = var.training_max_days, missing = "breaching"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  actions_enabled     = var.serving
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
}

# A share, not a number: the same at any traffic. The load balancer's own errors (no task to ask, or one that broke
# off) are not among the requests that it counts.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors"
  alarm_description   = "More than 1 % of the answers are 5xx, for five minutes."
  actions_enabled     = var.serving
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "share"
    expression  = "100 * (FILL(targets, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0))"
    label       = "5xx, percent"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { targets = "HTTPCode_Target_5XX_Count", balancer = "HTTPCode_ELB_5XX_Count", requests = "RequestCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = local.balancer
        stat        = "Sum"
        period      = 60
      }
    }
  }
}
