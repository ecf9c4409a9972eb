resource "aws_appautoscaling_target" "count" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.minimum_count
  max_capacity       = var.maximum_count

  # AWS forgets the target, and with it the policies, when the service goes.
  lifecycle {
    replace_triggered_by = [terraform_data.first_image]
  }
}

resource "aws_appautoscaling_policy" "cpu" {
  name               = "${var.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.count.service_namespace
  resource_id        = aws_appautoscaling_target.count.resource_id
  scalable_dimension = aws_appautoscaling_target.count.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 60 # percent: room for a zone to fail, or for the minute until new tasks answer
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }

  lifecycle {
    replace_triggered_by = [terraform_data.first_image]
  }
}

resource "aws_appautoscaling_policy" "requests" {
  name               = "${var.name}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.count.service_namespace
  resource_id        = aws_appautoscaling_target.count.resource_id
  scalable_dimension = aws_appautoscaling_target.count.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.requests_per_minute # of each task
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${var.load_balancer_suffix}/${var.target_group_suffix}"
    }
  }

  lifecycle {
    replace_triggered_by = [terraform_data.first_image]
  }
}
