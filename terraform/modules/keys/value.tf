# Made once; what is put in its place later is left alone.

data "aws_secretsmanager_random_password" "key" {
  password_length     = 40
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id     = aws_secretsmanager_secret.this.id
  secret_string = "read+write:${data.aws_secretsmanager_random_password.key.random_password}"

  lifecycle {
    ignore_changes = [secret_string]
  }
}
