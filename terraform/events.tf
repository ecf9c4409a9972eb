# What shoppers do: whether the service takes it, where it is remembered, and who may send it.

variable "shopper_memory" {
  description = "Where server tasks remember what shoppers did just now: valkey (ElastiCache, shared), process (of the only one), or none: no events are taken."
  type        = string
  default     = "valkey"

  validation {
    condition     = contains(["valkey", "process", "none"], var.shopper_memory)
    error_message = "shopper_memory: valkey, process or none."
  }

  validation {
    condition     = var.shopper_memory != "process" || (var.maximum_count == 1 && var.workers == 1)
    error_message = "shopper_memory: tasks and workers cannot share the memory of a process; set maximum_count and workers to 1, or shopper_memory to valkey, or to none, with which no events are taken."
  }
}

variable "memory_node_type" {
  description = "Size of each node of the shopper memory; the smallest remembers some 100,000 shoppers."
  type        = string
  default     = "cache.t4g.micro"

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.memory_node_type))
    error_message = "memory_node_type: expected a name like cache.t4g.micro."
  }
}

variable "memory_nodes" {
  description = "Nodes of the shopper memory; two stand in two zones, and one takes over from the other."
  type        = number
  default     = 2

  validation {
    condition     = var.memory_nodes >= 1 && var.memory_nodes <= 6 && floor(var.memory_nodes) == var.memory_nodes
    error_message = "memory_nodes: a whole number from 1 to 6."
  }
}

variable "api_keys" {
  description = "Whether a key is made, without which nobody may send events or read what is known of a shopper; it is kept in Secrets Manager."
  type        = bool
  default     = true
}
