variable "name" {
  description = "Prefix of every name, and namespace of the training's metrics."
  type        = string
}

variable "region" {
  description = "Region of the metrics."
  type        = string
}

variable "serving" {
  description = "Whether anybody is told; false while there is nothing to serve."
  type        = bool
}

variable "email" {
  description = "Whom to write to; null for nobody."
  type        = string
}

variable "load_balancer_suffix" {
  description = "The load balancer in metrics."
  type        = string
}

variable "target_group_suffix" {
  description = "The target group in metrics."
  type        = string
}

variable "cluster" {
  description = "Name of the cluster."
  type        = string
}

variable "service" {
  description = "Name of the service."
  type        = string
}

variable "training_metrics" {
  description = "Names of the metrics that count how trainings ended."
  type        = object({ succeeded = string, failed = string })
}

variable "training_max_days" {
  description = "After so many days without a successful training there is an alarm."
  type        = number
}
