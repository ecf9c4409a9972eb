# Everything has a default. Sizes are in sizes.tf.

locals {
  prefix_grammar = "[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*" # as in recommender/settings.py
}

variable "name" {
  description = "Name of cluster, service and repository, and prefix of every other name."
  type        = string
  default     = "recommender"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 20
    error_message = "name: small letters, digits and single hyphens, a letter first, at most 20 characters: load balancers and buckets take no more."
  }
}

variable "region" {
  description = "AWS region, for instance eu-central-1."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: expected a name like us-east-1."
  }
}

variable "image_tag" {
  description = "Tag of the image to serve; null while none has been pushed, then nothing runs. What is deployed later is the pipeline's business."
  type        = string
  default     = null

  validation {
    condition     = var.image_tag == null || can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}$", var.image_tag))
    error_message = "image_tag: letters, digits and . _ -, at most 121 characters: the training's image has \"-train\" after it."
  }
}

variable "prefix" {
  description = "What all keys in the bucket begin with."
  type        = string
  default     = "shop"

  validation {
    condition     = can(regex("^${local.prefix_grammar}$", var.prefix)) && length(var.prefix) <= 255
    error_message = "prefix: segments of letters, digits and . _ = - with / between them, none of which begins with a dot, at most 255 characters in all."
  }
}

variable "noncurrent_days" {
  description = "So many days what was deleted in the bucket can be brought back; a forgotten visitor is gone after them."
  type        = number
  default     = 14

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days: a whole number of days, at least 1."
  }
}

variable "certificate_arn" {
  description = "Certificate in ACM, of the same region, for HTTPS; null: HTTP only, for a trial."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "certificate_arn: expected arn:aws:acm:REGION:ACCOUNT:certificate/ID."
  }
}

variable "domain_name" {
  description = "Name that the certificate is for, and that a DNS record of yours leads to the load balancer."
  type        = string
  default     = null

  validation {
    condition     = var.domain_name == null || can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.domain_name))
    error_message = "domain_name: expected a name like recommendations.example.com."
  }

  validation {
    condition     = (var.domain_name == null) == (var.certificate_arn == null)
    error_message = "domain_name: goes with certificate_arn, both or neither; by another name the certificate would be refused."
  }
}

variable "allowed_cidrs" {
  description = "IPv4 addresses that may ask the load balancer."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.allowed_cidrs) > 0 && alltrue([for cidr in var.allowed_cidrs : can(cidrnetmask(cidr))])
    error_message = "allowed_cidrs: at least one IPv4 range like 203.0.113.0/24."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && can(regex("/(1[6-9]|20)$", var.vpc_cidr))
    error_message = "vpc_cidr: an IPv4 range of size /16 to /20, like 10.0.0.0/16."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for both zones; false: one in each, so that the loss of a zone does not cut off the other."
  type        = bool
  default     = true
}

variable "interface_endpoints" {
  description = "Interface endpoints for ECR and CloudWatch Logs in place of NAT gateways: tasks cannot reach the internet at all."
  type        = bool
  default     = false
}

variable "alarm_email" {
  description = "Whom alarms are sent to; null: only the topic is made."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@ ]+@[^@ ]+$", var.alarm_email))
    error_message = "alarm_email: expected an address like ops@example.com."
  }
}

variable "github_repository" {
  description = "OWNER/REPOSITORY whose GitHub Actions may deploy; null: no role for it."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository: expected OWNER/REPOSITORY, without wildcards."
  }
}

variable "github_environment" {
  description = "GitHub environment whose jobs may deploy; protect it there by branch and reviewers."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.github_environment))
    error_message = "github_environment: letters, digits, _ and -."
  }
}

variable "github_oidc_provider_arn" {
  description = "GitHub's identity provider if the account has one already; null: it is made."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the load balancer, whose name customers may use."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "So many days logs are kept; one of those that CloudWatch offers."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653], var.log_days)
    error_message = "log_days: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827 or 3653."
  }
}

variable "tags" {
  description = "Tags for everything, beside Application and ManagedBy."
  type        = map(string)
  default     = {}
}
