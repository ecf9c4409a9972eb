variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}

variable "region" {
  description = "Region of the tasks and their logs."
  type        = string
}

variable "account_id" {
  description = "The account that the tasks run in."
  type        = string
}

variable "bucket_arn" {
  description = "The bucket that holds the shop."
  type        = string
}

variable "prefix" {
  description = "What all keys in the bucket begin with, without a slash at the end."
  type        = string
}

variable "repository_arn" {
  description = "Where the images come from."
  type        = string
}

variable "takes_events" {
  description = "Whether the server adds events to the log."
  type        = bool
}

variable "secret_arns" {
  description = "Secrets that ECS hands to containers."
  type        = list(string)
}
