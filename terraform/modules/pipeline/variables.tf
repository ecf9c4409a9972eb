variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}

variable "region" {
  description = "Region of the service."
  type        = string
}

variable "account_id" {
  description = "The account of the service."
  type        = string
}

variable "repository" {
  description = "OWNER/REPOSITORY on GitHub."
  type        = string
}

variable "environment" {
  description = "Only jobs of this GitHub environment get the role."
  type        = string
}

variable "oidc_provider_arn" {
  description = "GitHub's provider where the account has one; null: it is made."
  type        = string
}

variable "repository_arn" {
  description = "Where images are pushed."
  type        = string
}

variable "families" {
  description = "Families whose task definitions are registered."
  type        = list(string)
}

variable "service_arn" {
  description = "The service that is deployed."
  type        = string
}

variable "passed_role_arns" {
  description = "Roles that the task definitions name."
  type        = list(string)
}
