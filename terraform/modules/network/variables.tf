variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "region" {
  description = "Region, for the names of the endpoints."
  type        = string
}

variable "cidr" {
  description = "Addresses of the VPC, /16 to /20: each subnet gets a sixteenth."
  type        = string
}

variable "single_nat_gateway" {
  description = "One NAT gateway for both zones instead of one in each."
  type        = bool
}

variable "interface_endpoints" {
  description = "Interface endpoints for ECR and CloudWatch Logs, in place of NAT gateways."
  type        = bool
}
