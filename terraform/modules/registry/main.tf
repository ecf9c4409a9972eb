# One repository for both images: TAG is what serves, TAG-train what trains.

resource "aws_ecr_repository" "this" {
  #checkov:skip=CKV_AWS_136:Encrypted with the registry's own key; the images hold no secrets and no data
  name                 = var.name
  image_tag_mutability = "IMMUTABLE" # a task definition that is rolled back to runs what it ran before

  image_scanning_configuration {
    scan_on_push = true
  }
}

# Tagged images stay until somebody deletes them: a rule by age or number would in the end take the one that
# runs, or the one that a roll-back needs. Without a tag nothing refers to them but an index, and those ECR keeps.
resource "aws_ecr_lifecycle_policy" "untagged" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Untagged images after a week"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
      action       = { type = "expire" }
    }]
  })
}
