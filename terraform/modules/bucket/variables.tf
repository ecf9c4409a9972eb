variable "bucket" {
  description = "Name of the bucket, unique among all accounts."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}
