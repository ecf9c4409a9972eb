# How large, how many and how often.

locals {
  # What Fargate sells: MiB for each number of CPU units.
  fargate = {
    "256"   = [512, 1024, 2048]
    "512"   = range(1024, 4096 + 1, 1024)
    "1024"  = range(2048, 8192 + 1, 1024)
    "2048"  = range(4096, 16384 + 1, 1024)
    "4096"  = range(8192, 30720 + 1, 1024)
    "8192"  = range(16384, 61440 + 1, 4096)
    "16384" = range(32768, 122880 + 1, 8192)
  }
}

variable "cpu" {
  description = "CPU units of a server task; 1024 are one virtual CPU."
  type        = number
  default     = 1024

  validation {
    condition     = contains(keys(local.fargate), tostring(var.cpu))
    error_message = "cpu: Fargate has 256, 512, 1024, 2048, 4096, 8192 and 16384 units."
  }
}

variable "memory" {
  description = "MiB of a server task."
  type        = number
  default     = 2048

  validation {
    condition     = contains(lookup(local.fargate, tostring(var.cpu), [var.memory]), var.memory)
    error_message = "memory: with ${var.cpu} CPU units Fargate has ${join(", ", lookup(local.fargate, tostring(var.cpu), []))} MiB."
  }
}

variable "workers" {
  description = "Server processes in a task; two a virtual CPU are plenty."
  type        = number
  default     = 2

  validation {
    condition     = var.workers >= 1 && var.workers <= 64 && floor(var.workers) == var.workers
    error_message = "workers: a whole number from 1 to 64."
  }
}

variable "minimum_count" {
  description = "The least number of server tasks; two stand in two zones."
  type        = number
  default     = 2

  validation {
    condition     = var.minimum_count >= 1 && floor(var.minimum_count) == var.minimum_count
    error_message = "minimum_count: a whole number, at least 1. With image_tag = null nothing runs."
  }
}

variable "maximum_count" {
  description = "The greatest number of server tasks, and so a bound on the cost."
  type        = number
  default     = 10

  validation {
    condition     = var.maximum_count >= var.minimum_count && floor(var.maximum_count) == var.maximum_count
    error_message = "maximum_count: a whole number, at least minimum_count."
  }
}

variable "requests_per_minute" {
  description = "Requests a minute that one server task should get; above that autoscaling adds tasks."
  type        = number
  default     = 6000

  validation {
    condition     = var.requests_per_minute >= 1
    error_message = "requests_per_minute: at least 1."
  }
}

variable "train_cpu" {
  description = "CPU units of the training task."
  type        = number
  default     = 4096

  validation {
    condition     = contains(keys(local.fargate), tostring(var.train_cpu))
    error_message = "train_cpu: Fargate has 256, 512, 1024, 2048, 4096, 8192 and 16384 units."
  }
}

variable "train_memory" {
  description = "MiB of the training task; the log of a million visitors takes 2,600 (docs/scale.md)."
  type        = number
  default     = 16384

  validation {
    condition     = contains(lookup(local.fargate, tostring(var.train_cpu), [var.train_memory]), var.train_memory)
    error_message = "train_memory: with ${var.train_cpu} CPU units Fargate has ${join(", ", lookup(local.fargate, tostring(var.train_cpu), []))} MiB."
  }
}

variable "train_schedule" {
  description = "When to train, in UTC: cron(…) or rate(…)."
  type        = string
  default     = "cron(0 3 * * ? *)"

  validation {
    condition     = can(regex("^(cron|rate)\\(.+\\)$", var.train_schedule))
    error_message = "train_schedule: expected cron(0 3 * * ? *) or rate(1 day), as EventBridge reads them."
  }
}

variable "training_max_days" {
  description = "After so many days without a successful training there is an alarm."
  type        = number
  default     = 2

  validation {
    condition     = var.training_max_days >= 1 && var.training_max_days <= 7 && floor(var.training_max_days) == var.training_max_days
    error_message = "training_max_days: a whole number from 1 to 7; CloudWatch looks no further back."
  }
}
