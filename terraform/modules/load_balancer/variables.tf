variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets in at least two zones."
  type        = list(string)
}

variable "port" {
  description = "Where the server listens."
  type        = number
}

variable "certificate_arn" {
  description = "Certificate in ACM, of the same region; null for HTTP only."
  type        = string
}

variable "domain_name" {
  description = "Name that the certificate is for; null without one."
  type        = string
}

variable "allowed_cidrs" {
  description = "Addresses that may ask."
  type        = list(string)
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the load balancer."
  type        = bool
}
