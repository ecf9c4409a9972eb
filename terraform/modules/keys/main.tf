# The key with which the shop's own servers may read what is known of shoppers, and send events. It is kept as a secret,
# which ECS hands to the container; nobody else reads it.

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV_AWS_149:Encrypted with the key of Secrets Manager; a key of one's own costs and guards no better
  #checkov:skip=CKV2_AWS_57:Turned over by hand, with both keys valid meanwhile: docs/operations.md
  name        = "${var.name}/api-keys"
  description = "RECOMMENDER_API_KEYS of the server"

  recovery_window_in_days = 0 # its name can be used again at once; a new key is made as easily
}
