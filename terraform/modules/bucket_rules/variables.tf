variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "noncurrent_days" {
  description = "So many days what was deleted or replaced can be brought back."
  type        = number
}
