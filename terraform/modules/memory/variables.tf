variable "name" {
  description = "Name of the replication group."
  type        = string
}

variable "node_type" {
  description = "Size of each node."
  type        = string
}

variable "nodes" {
  description = "Nodes; with two a zone may fail."
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

variable "serve_security_group_id" {
  description = "Who may ask it."
  type        = string
}
