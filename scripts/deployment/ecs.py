"""ECS and ECR, for services that are called like their cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deployment.errors import DeploymentRefused, PlatformUnavailable
from deployment.ports import Revision, Rollout, Service, TaskDefinition

if TYPE_CHECKING:
    from types_boto3_ecr import ECRClient
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import DeploymentTypeDef

_PATIENT = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 5})


def connect(name: str) -> Ecs:
    """The service of this name, with the credentials and the region that boto3 finds."""
    with _translated("Connecting to AWS"):
        session = boto3.Session()
        return Ecs(name, session.client("ecs", config=_PATIENT), session.client("ecr", config=_PATIENT))


class Ecs:
    """The service `name` in the cluster `name`."""

    def __init__(self, name: str, ecs: ECSClient, ecr: ECRClient) -> None:
        self._name, self._ecs, self._ecr = name, ecs, ecr

    def service(self) -> Service:
        """How the service is now; what is shown may be a moment old."""
        with _translated("Looking at the service"):
            try:
                found = self._ecs.describe_services(cluster=self._name, services=[self._name])["services"]
            except self._ecs.exceptions.ClusterNotFoundException:
                found = []
        if not found or found[0]["status"] != "ACTIVE":
            raise DeploymentRefused(
                f"There is no service {self._name!r} in a cluster {self._name!r} of this region and account."
            )
        first = found[0]
        primary, *others = sorted(first["deployments"], key=lambda each: each["status"] != "PRIMARY")
        return Service(
            first["desiredCount"],
            first["runningCount"],
            _revision(primary),
            tuple(map(_revision, others)),
            first["events"][0]["message"] if first["events"] else "",
        )

    def definition(self, name: str) -> TaskDefinition:
        """A revision by its ARN, or the newest active one of a family."""
        with _translated(f"Reading the task definition {name}"):
            answer = self._ecs.describe_task_definition(taskDefinition=name, include=["TAGS"])
        described = dict(answer["taskDefinition"])
        content = {key: value for key, value in described.items() if key in self._registrable()}
        if answer.get("tags"):
            content["tags"] = answer["tags"]
        return TaskDefinition(answer["taskDefinition"]["taskDefinitionArn"], content)

    def register(self, content: Mapping[str, Any]) -> str:
        """Make a new revision, and return its ARN."""
        with _translated("Registering a task definition"):
            made = self._ecs.register_task_definition(**content)
        return made["taskDefinition"]["taskDefinitionArn"]

    def update(self, definition: str) -> None:
        """Tell the service which revision to run; nothing else about it is changed."""
        with _translated("Updating the service"):
            self._ecs.update_service(cluster=self._name, service=self._name, taskDefinition=definition)

    def has_image(self, image: str) -> bool:
        """Whether its repository in ECR, registry/name:tag, has the tag."""
        repository, _, tag = image.partition("/")[2].rpartition(":")
        with _translated(f"Looking for the image {image}"):
            try:
                self._ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
            except self._ecr.exceptions.ImageNotFoundException:
                return False
        return True

    def _registrable(self) -> frozenset[str]:
        """What RegisterTaskDefinition takes: of what is described, the rest was added by ECS."""
        shape = self._ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
        return frozenset(shape.members if shape else ())


def _revision(deployment: DeploymentTypeDef) -> Revision:
    return Revision(
        deployment["taskDefinition"],
        Rollout(deployment.get("rolloutState", Rollout.IN_PROGRESS)),
        deployment.get("rolloutStateReason", ""),
    )


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Raise PlatformUnavailable for whatever boto3 says."""
    try:
        yield
    except (ClientError, BotoCoreError) as cause:
        raise PlatformUnavailable(f"{what} failed: {cause}") from cause
