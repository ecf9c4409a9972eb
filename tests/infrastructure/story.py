"""What an operator does with terraform/ from the first day to the last, and what is there after each step."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infrastructure.account import Account, Aws
from infrastructure.terraform import Plan, Terraform, copied

NAME, REGION = "recommender", "eu-central-1"
MINIMUM, MAXIMUM = 3, 7
TAG, NEXT_TAG = "initial", "1.1"
"""The first is what the first steps push."""
SCALED = 5
REPOSITORY, WHOM = "shop/recommender", "operator@example.com"
DOMAIN = "recommendations.example.com"

VARIABLES = f"""
region        = "{REGION}"
minimum_count = {MINIMUM}
maximum_count = {MAXIMUM}

shopper_memory = "none" # the provider that applies this does not know Valkey

github_repository = "{REPOSITORY}"
alarm_email       = "{WHOM}"
"""


@dataclass(frozen=True)
class Step:
    """The account after a step, and what Terraform would change then."""

    account: Account
    plan: Plan


@dataclass(frozen=True)
class Story:
    """One account, from beginning to end."""

    before: Account
    empty: Step
    """Applied without an image."""
    serving: Step
    """Applied with the first one."""
    deployed: Step
    """The pipeline has deployed another, and autoscaling has changed the count."""
    hardened: Step
    """Applied with a certificate, and without a way to the internet."""
    without_tag: str
    """What was said to somebody who forgot it."""
    without_steps: str
    """What was said to somebody who wanted to destroy it all at once."""
    removed: Account
    """After the output `remove`."""


def lived(folder: Path, url: str) -> Story:
    """Apply, deploy, remove. Takes minutes, in most of which the provider waits for what is there."""
    aws = Aws(url, REGION)
    terraform = copied(folder, url, VARIABLES)

    def step() -> Step:
        return Step(aws.look(), terraform.plan())

    before = aws.look()
    terraform.apply()
    empty = step()
    push(aws, TAG)
    terraform.follow("first_steps", "echo", "terraform")
    serving = step()
    deploy(aws)
    deployed = step()
    harden(folder / "terraform/hard.auto.tfvars", aws)
    terraform.apply()
    hardened = step()
    without_steps = terraform.refused("plan -destroy")
    without_tag = _without(folder / "terraform/image.auto.tfvars", lambda: terraform.refused("plan"))
    remove(terraform, aws)
    return Story(before, empty, serving, deployed, hardened, without_tag, without_steps, aws.look())


def push(aws: Aws, tag: str) -> None:
    """Images of which nothing but the name is looked at."""
    for each in (tag, f"{tag}-train"):
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": each}})
        aws.client("ecr").put_image(repositoryName=NAME, imageTag=each, imageManifest=manifest)


def deploy(aws: Aws) -> None:
    """What a pipeline and autoscaling do behind Terraform's back."""
    push(aws, NEXT_TAG)
    _register(aws, f"{NAME}-train", f"{NEXT_TAG}-train")
    newest = _register(aws, f"{NAME}-serve", NEXT_TAG)
    aws.client("ecs").update_service(cluster=NAME, service=NAME, taskDefinition=newest)
    aws.client("ecs").update_service(cluster=NAME, service=NAME, desiredCount=SCALED)


def harden(variables: Path, aws: Aws) -> None:
    """What is said of HTTPS and of NAT gateways in terraform/README.md."""
    certificate = aws.client("acm").request_certificate(DomainName=DOMAIN)["CertificateArn"]
    variables.write_text(
        f'domain_name = "{DOMAIN}"\ncertificate_arn = "{certificate}"\ninterface_endpoints = true\n'
    )


def remove(terraform: Terraform, aws: Aws) -> None:
    """The output `remove`; what it does with `aws`, which need not be installed, is done with boto3."""
    aws.client("ecr").delete_repository(repositoryName=NAME, force=True)
    terraform.follow("remove", "terraform")
    for revision in aws.look()["task definition"]:
        aws.client("ecs").deregister_task_definition(taskDefinition=revision)


def _without(file: Path, do: Callable[[], str]) -> str:
    aside = file.rename(file.with_suffix(".aside"))
    try:
        return do()
    finally:
        aside.rename(file)


def _register(aws: Aws, family: str, tag: str) -> str:
    """The newest revision with another image, as a revision of its own."""
    ecs = aws.client("ecs")
    task = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    (container,) = task["containerDefinitions"]
    container["image"] = f"{container['image'].rpartition(':')[0]}:{tag}"
    registered = ecs.register_task_definition(**{name: task[name] for name in REGISTERED})
    return str(registered["taskDefinition"]["taskDefinitionArn"])


MANIFEST = "application/vnd.oci.image.manifest.v1+json"

REGISTERED = (
    *("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes"),
    *("requiresCompatibilities", "cpu", "memory"),
)
