# What is kept: the bucket and the registry.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "the_bucket_is_not_public" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    bucket    = "shop-123456789012-us-east-1"
    partition = "aws"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "All four must be on."
  }

  assert {
    condition     = alltrue([for each in jsondecode(aws_s3_bucket_policy.encrypted_transport.policy).Statement : each.Effect == "Deny"])
    error_message = "The bucket's policy must give nobody anything."
  }

  assert {
    condition = contains([
      for each in jsondecode(aws_s3_bucket_policy.encrypted_transport.policy).Statement : each.Condition
    ], { Bool = { "aws:SecureTransport" = "false" } })
    error_message = "Requests without TLS must be denied."
  }

  assert {
    condition     = strcontains(file("modules/bucket/main.tf"), "prevent_destroy = true") && aws_s3_bucket.this.bucket == var.bucket
    error_message = "Data must not go with a destroy."
  }
}

run "what_is_deleted_can_be_brought_back_for_a_while" {
  command = plan

  module {
    source = "./modules/bucket_rules"
  }

  variables {
    bucket          = "shop"
    noncurrent_days = 14
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Without versions a deletion is final."
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.noncurrent_version_expiration[0].noncurrent_days if rule.id == "forgotten"]) == 14
    error_message = "Without an end forgotten visitors stay."
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.abort_incomplete_multipart_upload[0].days_after_initiation if rule.id == "interrupted"]) == 2
    error_message = "Parts that nobody completes are paid for."
  }

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.status == "Enabled" && length(rule.expiration[*].days) == length([for e in rule.expiration : e if e.expired_object_delete_marker])])
    error_message = "No rule may expire what is current."
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm]) == "AES256"
    error_message = "Everything must be encrypted."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "ACLs must be off."
  }
}

run "tags_of_images_stay_what_they_are" {
  command = plan

  module {
    source = "./modules/registry"
  }

  variables {
    name = "shop"
  }

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE"
    error_message = "A roll-back must run what ran before."
  }

  assert {
    condition     = aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "Images must be scanned."
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.untagged.policy).rules[*].selection.tagStatus == ["untagged"]
    error_message = "No rule may take an image that has a tag: it may be the one that runs."
  }
}
