variable "name" {
  description = "Name of cluster and service, prefix of every other name."
  type        = string
}

variable "region" {
  description = "Region of bucket and log."
  type        = string
}

variable "image" {
  description = "Image and tag that the task definition names."
  type        = string
}

variable "serving" {
  description = "Whether there is an image to run; a change replaces the service."
  type        = bool
}

variable "port" {
  description = "Where the server listens."
  type        = number
}

variable "cpu" {
  description = "CPU units of a task."
  type        = number
}

variable "memory" {
  description = "MiB of a task."
  type        = number
}

variable "workers" {
  description = "Server processes in a task."
  type        = number
}

variable "environment" {
  description = "What the server is told beside its port, workers, region and cache folder. No secrets."
  type        = map(string)
}

variable "minimum_count" {
  description = "Tasks to begin with, and the least that autoscaling leaves."
  type        = number
}

variable "maximum_count" {
  description = "The most tasks that autoscaling starts."
  type        = number
}

variable "requests_per_minute" {
  description = "Requests a minute that each task should get; with more, tasks are added."
  type        = number
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "target_group_arn" {
  description = "Where tasks register."
  type        = string
}

variable "target_group_suffix" {
  description = "The target group in metrics."
  type        = string
}

variable "load_balancer_suffix" {
  description = "The load balancer in metrics."
  type        = string
}

variable "load_balancer_security_group_id" {
  description = "Who may ask the tasks."
  type        = string
}

variable "execution_role_arn" {
  description = "Role that pulls the image and opens the log."
  type        = string
}

variable "task_role_arn" {
  description = "Role of the server."
  type        = string
}

variable "log_days" {
  description = "So many days the log is kept."
  type        = number
}

variable "secrets" {
  description = "Variables whose values are secrets: name to the secret's ARN."
  type        = map(string)
}
