# What is asked, how it is answered, by how many, and when it last learnt: six pictures, the alarms above.

locals {
  alb     = "AWS/ApplicationELB"
  on_alb  = ["LoadBalancer", var.load_balancer_suffix]
  on_tg   = ["TargetGroup", var.target_group_suffix, "LoadBalancer", var.load_balancer_suffix]
  on_task = ["ClusterName", var.cluster, "ServiceName", var.service]

  pictures = {
    "1 Requests a minute" = { stat = "Sum", period = 60, metrics = [
      concat([local.alb, "RequestCount"], local.on_alb),
      concat([local.alb, "RequestCountPerTarget"], local.on_tg),
    ] }
    "2 Errors a minute" = { stat = "Sum", period = 60, metrics = [
      concat([local.alb, "HTTPCode_Target_4XX_Count"], local.on_alb),
      concat([local.alb, "HTTPCode_Target_5XX_Count"], local.on_alb),
      concat([local.alb, "HTTPCode_ELB_5XX_Count"], local.on_alb),
    ] }
    "3 Seconds to an answer" = { stat = "p99", period = 60, metrics = [
      concat([local.alb, "TargetResponseTime"], local.on_tg),
      concat([local.alb, "TargetResponseTime"], local.on_tg, [{ stat = "p50" }]),
    ] }
    "4 Tasks" = { stat = "Maximum", period = 60, metrics = [
      concat([local.alb, "HealthyHostCount"], local.on_tg),
      concat([local.alb, "UnHealthyHostCount"], local.on_tg),
    ] }
    "5 CPU and memory, percent" = { stat = "Average", period = 60, metrics = [
      concat(["AWS/ECS", "CPUUtilization"], local.on_task),
      concat(["AWS/ECS", "MemoryUtilization"], local.on_task),
    ] }
    "6 Trainings a day" = { stat = "Sum", period = 86400, metrics = [
      [var.name, var.training_metrics.succeeded],
      [var.name, var.training_metrics.failed],
    ] }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type = "alarm", x = 0, y = 0, width = 24, height = 2
        properties = {
          title  = "Alarms"
          alarms = concat(values(aws_cloudwatch_metric_alarm.this)[*].arn, [aws_cloudwatch_metric_alarm.errors.arn])
        }
      }],
      [for place, title in keys(local.pictures) : {
        type       = "metric", x = 8 * (place % 3), y = 2 + 6 * floor(place / 3), width = 8, height = 6
        properties = merge(local.pictures[title], { title = substr(title, 2, -1), region = var.region, view = "timeSeries" })
      }],
    )
  })
}
