"""The deployment against ECS and ECR as moto plays them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from deployment.ecs import Ecs, connect
from deployment.errors import DeploymentRefused, PlatformUnavailable
from deployment.ports import Platform, Revision, Rollout, Service
from deployment.probe import HttpProbe
from deployment.rollout import Rollouts
from fakes.answering import RIGHT, answering
from fakes.platform import FakePlatform, FakeTime
from fakes.s3 import moto_server, s3_environment, use_s3
from infrastructure.workflows import bash, deploy_step

if TYPE_CHECKING:
    from types_boto3_ecr import ECRClient
    from types_boto3_ecs import ECSClient

pytestmark = pytest.mark.enable_socket

SCRIPT = Path(__file__).parents[2] / "scripts/deploy.py"


class PlatformContract:
    """A service `shop` that runs two tasks of v1; families shop-serve, shop-train; images v1, v1-train."""

    @pytest.fixture
    def platform(self) -> Platform:
        raise NotImplementedError

    def test_the_service_shows_what_it_runs(self, platform: Platform) -> None:
        service = platform.service()
        assert service.settled
        assert (service.desired, service.running) == (2, 2)
        assert service.primary.rollout is Rollout.COMPLETED
        assert service.primary.definition == platform.definition("shop-serve").name
        assert service.why_failed(service.primary.definition) == ""

    def test_a_family_stands_for_its_newest_revision(self, platform: Platform) -> None:
        first = platform.definition("shop-serve").name
        second = platform.register(platform.definition(first).with_tag("serve", "v2"))
        assert first != second
        assert platform.definition("shop-serve").name == second
        assert platform.definition(first).name == first

    def test_what_is_registered_with_another_tag_differs_in_nothing_else(self, platform: Platform) -> None:
        before = platform.definition("shop-train")
        wanted = before.with_tag("train", "v2-train")
        after = platform.definition(platform.register(wanted))
        assert after.content == wanted
        assert after.with_tag("train", "v1-train") == before.content

    def test_it_can_be_told_to_run_another_revision(self, platform: Platform) -> None:
        platform.update(platform.register(platform.definition("shop-serve").with_tag("serve", "v2")))

    def test_it_knows_what_was_pushed(self, platform: Platform) -> None:
        pushed = platform.definition("shop-serve").image_with("serve", "v1")
        assert platform.has_image(pushed)
        assert platform.has_image(f"{pushed}-train")
        assert not platform.has_image(f"{pushed}-unheard-of")


class TestFakePlatform(PlatformContract):
    @pytest.fixture
    def platform(self) -> Platform:
        return FakePlatform()


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def aws(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An account in which Terraform's first two applies are done, and the service is steady."""
    use_s3(monkeypatch, moto_url)
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "2")
    ecs, ecr = boto3.client("ecs"), boto3.client("ecr")
    repository = ecr.create_repository(repositoryName="shop")["repository"]["repositoryUri"]
    for tag in ("v1", "v1-train"):
        push(ecr, tag)
    for container, tag in (("serve", "v1"), ("train", "v1-train")):
        register(ecs, container, f"{repository}:{tag}")
    ecs.create_cluster(clusterName="shop")
    ecs.create_service(cluster="shop", serviceName="shop", taskDefinition="shop-serve", desiredCount=2)
    yield moto_url
    ecs.delete_service(cluster="shop", service="shop", force=True)
    ecs.delete_cluster(cluster="shop")
    ecr.delete_repository(repositoryName="shop", force=True)


def push(ecr: ECRClient, tag: str) -> None:
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "of": tag}
    ecr.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag=tag)


def register(ecs: ECSClient, container: str, image: str) -> None:
    """A task definition with whatever Terraform gives it."""
    ecs.register_task_definition(
        family=f"shop-{container}",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="1024",
        memory="2048",
        executionRoleArn="arn:aws:iam::123456789012:role/shop-execution",
        taskRoleArn=f"arn:aws:iam::123456789012:role/shop-{container}",
        volumes=[{"name": "cache"}, {"name": "tmp"}],
        tags=[{"key": "Application", "value": "shop"}],
        containerDefinitions=[
            {
                "name": container,
                "image": image,
                "essential": True,
                "user": "10001:10001",
                "readonlyRootFilesystem": True,
                "environment": [{"name": "RECOMMENDER_LOG_LEVEL", "value": "info"}],
                "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108 - in the task
                "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
                "stopTimeout": 30,
            }
        ],
    )


def told() -> str:
    """The image of the revision that moto's service was told to run; its deployments do not follow."""
    ecs = boto3.client("ecs")
    definition = ecs.describe_services(cluster="shop", services=["shop"])["services"][0]["taskDefinition"]
    described = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    return described["containerDefinitions"][0]["image"].rpartition(":")[2]


class TestEcsOnMoto(PlatformContract):
    @pytest.fixture
    def platform(self, aws: str) -> Platform:
        assert aws
        return connect("shop")

    def test_roles_tags_volumes_and_sizes_are_registered_again(self, platform: Platform) -> None:
        again = platform.definition(platform.register(platform.definition("shop-serve").content)).content
        assert again["executionRoleArn"].endswith("shop-execution")
        assert again["tags"] == [{"key": "Application", "value": "shop"}]
        assert [volume["name"] for volume in again["volumes"]] == ["cache", "tmp"]
        assert (again["cpu"], again["memory"]) == ("1024", "2048")

    def test_the_service_hears_what_to_run(self, platform: Platform) -> None:
        platform.update(platform.register(platform.definition("shop-serve").with_tag("serve", "v2")))
        assert told() == "v2"

    def test_an_unknown_service_or_cluster_is_refused(self, platform: Platform) -> None:
        boto3.client("ecs").create_cluster(clusterName="empty")
        assert platform.service().settled
        for name in ("empty", "nowhere"):
            with pytest.raises(DeploymentRefused, match=f"There is no service '{name}'"):
                connect(name).service()

    def test_what_aws_refuses_is_translated(self, platform: Platform) -> None:
        with pytest.raises(PlatformUnavailable, match="Reading the task definition shop-nothing failed"):
            platform.definition("shop-nothing")
        with pytest.raises(PlatformUnavailable, match="Looking for the image"):
            platform.has_image("registry/another-repository:v1")

    def test_without_credentials_or_a_region_it_says_so(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert platform.service().settled
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        with pytest.raises(PlatformUnavailable, match="credentials"):
            connect("shop").service()
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        with pytest.raises(PlatformUnavailable, match="region"):
            connect("shop")


class TestWholeDeployment:
    """With the real adapters; only that moto's deployments follow what the service is told is played."""

    def test_both_families_get_their_image_and_nothing_else_changes(self, aws: str) -> None:
        assert aws
        for tag in ("v2", "v2-train"):
            push(boto3.client("ecr"), tag)
        before = {family: connect("shop").definition(f"shop-{family}") for family in ("serve", "train")}
        time = FakeTime()
        with answering(RIGHT) as url:
            probe = HttpProbe(url, time.sleep)
            rollouts = Rollouts("shop", Following(connect("shop")), probe, print, time.clock, time.sleep, 60)
            assert rollouts.deploy("v2").startswith("v2 runs as shop-serve:")
            assert rollouts.deploy("v2") == "v2 was there already, and answers."
        assert told() == "v2"
        for family, tag in (("serve", "v2"), ("train", "v2-train")):
            after = connect("shop").definition(f"shop-{family}")
            assert after.name != before[family].name
            assert after.content == before[family].with_tag(family, tag)


class Following:
    """ECS as moto plays it, with deployments that are over at once."""

    def __init__(self, ecs: Ecs) -> None:
        self._ecs = ecs
        self.definition, self.register = ecs.definition, ecs.register
        self.update, self.has_image = ecs.update, ecs.has_image

    def service(self) -> Service:
        described = boto3.client("ecs").describe_services(cluster="shop", services=["shop"])["services"][0]
        return replace(self._ecs.service(), primary=Revision(described["taskDefinition"], Rollout.COMPLETED))


class TestScript:
    """scripts/deploy.py as a process, against moto, whose deployments never show another revision."""

    def deploy(self, *arguments: str, moto: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, str(SCRIPT), *arguments, "--name", "shop"],
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            | s3_environment(moto),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_what_runs_already_is_checked_and_nothing_is_changed(self, aws: str) -> None:
        with answering(RIGHT) as url, self.deploy("v1", "--url", url, moto=aws) as script:
            printed, said = script.communicate()
        assert (script.returncode, printed) == (0, "v1 was there already, and answers.\n"), said

    def test_a_tag_that_was_not_pushed_ends_with_one_sentence(self, aws: str) -> None:
        with answering(RIGHT) as url, self.deploy("v2", "--url", url, moto=aws) as script:
            printed, said = script.communicate()
        assert (script.returncode, printed) == (1, "")
        assert said.endswith("/shop:v2: push it first.\n")
        assert told() == "v1"

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted_it_returns_the_service_and_says_so(self, aws: str, number: signal.Signals) -> None:
        for tag in ("v2", "v2-train"):
            push(boto3.client("ecr"), tag)
        with answering(RIGHT) as url, self.deploy("v2", "--url", url, moto=aws) as script:
            assert script.stderr is not None
            while "Replacing" not in script.stderr.readline():
                pass
            while told() != "v2":
                pass
            script.send_signal(number)
            printed, said = script.communicate()
        assert (script.returncode, printed) == (130, "")
        assert "was told to return to shop-serve:" in said
        assert said.endswith("error: Interrupted.\n")
        assert told() == "v1"

    def test_the_workflow_calls_it_as_it_wants_to_be_called(self, aws: str, tmp_path: Path) -> None:
        (tmp_path / ".venv").symlink_to(sys.prefix)
        (tmp_path / "scripts").symlink_to(SCRIPT.parent)
        with answering(RIGHT) as url:
            wanted = {"TAG": "v1", "SERVICE_URL": url, "NAME": "shop", **s3_environment(aws)}
            step = bash(deploy_step("Deploy, or return to what ran before"), wanted, tmp_path)
        assert (step.returncode, step.stdout) == (0, "v1 was there already, and answers.\n"), step.stderr

    @pytest.mark.parametrize("arguments", [("v 1", "--url", "http://a"), ("v1", "--url", "a"), ("v1",)])
    def test_what_makes_no_sense_is_refused_before_anything_is_asked(
        self, arguments: tuple[str, ...]
    ) -> None:
        with self.deploy(*arguments, moto="http://127.0.0.1:1") as script:
            assert script.communicate()[1].startswith("usage:")
        assert script.returncode == 2


def test_a_service_counts_as_settled_only_in_full_strength() -> None:
    platform = FakePlatform()
    primary = platform.service().primary
    assert Service(2, 2, primary).settled
    assert not Service(2, 1, primary).settled
    assert not Service(2, 3, primary).settled
