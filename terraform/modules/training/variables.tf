variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}

variable "region" {
  description = "Region of bucket and log."
  type        = string
}

variable "account_id" {
  description = "The account that the tasks run in."
  type        = string
}

variable "image" {
  description = "Image and tag that the task definition names."
  type        = string
}

variable "cpu" {
  description = "CPU units of a task."
  type        = number
}

variable "memory" {
  description = "MiB of a task."
  type        = number
}

variable "environment" {
  description = "What the training is told beside its region and cache folder. No secrets."
  type        = map(string)
}

variable "schedule" {
  description = "When to train: cron(…) or rate(…), in UTC."
  type        = string
}

variable "scheduled" {
  description = "Whether the schedule is followed."
  type        = bool
}

variable "cluster_arn" {
  description = "Where to run."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "execution_role_arn" {
  description = "Role that pulls the image and opens the log."
  type        = string
}

variable "task_role_arn" {
  description = "Role of the training."
  type        = string
}

variable "log_days" {
  description = "So many days the logs are kept."
  type        = number
}
