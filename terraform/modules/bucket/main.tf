# The shop's data: the log, the catalogue, the models. How it is kept is in ../bucket_rules.

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:Access logs would record what the service writes and reads, all of it under two roles of its own
  #checkov:skip=CKV_AWS_144:Replication costs twice the storage; a backup is a copy, see docs/operations.md
  #checkov:skip=CKV_AWS_145:Encrypted with S3's own key (bucket_rules); a key of one's own is paid for by the request
  #checkov:skip=CKV_AWS_21:Versions are kept: ../bucket_rules
  #checkov:skip=CKV2_AWS_61:Lifecycle rules are there: ../bucket_rules
  #checkov:skip=CKV2_AWS_62:Nobody waits for notifications: servers look at models/current.json
  bucket = var.bucket

  # The log cannot be made again. A destroy is refused until the bucket is taken out of the state (terraform/README.md).
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "encrypted_transport" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.arn, "${local.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "OnlyModernTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.arn, "${local.arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.this] # S3 refuses two changes of one bucket's access at a time
}

locals {
  # Made from the name, which is known before the bucket is there: plans show whole policies.
  arn = "arn:${var.partition}:s3:::${var.bucket}"
}
