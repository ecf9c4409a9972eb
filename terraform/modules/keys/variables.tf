variable "name" {
  description = "Prefix of the secret's name."
  type        = string
}
