"""What runs in the account that terraform/ makes, when, and who watches it."""

from __future__ import annotations

import re

import pytest
from infrastructure.account import environment
from infrastructure.seen import container, group_of, home, ours, service, task
from infrastructure.story import NAME, REGION, TAG, WHOM, Step

from recommender.entrypoints.http.asgi import application
from recommender.settings import PREFIX, Settings

pytestmark = pytest.mark.enable_socket


def test_images_come_from_the_repository_by_tag(serving: Step) -> None:
    repository = serving.account["repository"][NAME]
    assert container(serving, "serve")["image"] == f"{repository['repositoryUri']}:{TAG}"
    assert container(serving, "train")["image"] == f"{repository['repositoryUri']}:{TAG}-train"
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"]["scanOnPush"]


def test_a_deployment_that_fails_is_rolled_back_and_never_has_fewer_tasks(serving: Step) -> None:
    rolling = service(serving)["deploymentConfiguration"]
    assert rolling["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert rolling["minimumHealthyPercent"] == 100


@pytest.mark.parametrize("family", ["serve", "train"])
def test_every_variable_is_a_setting(serving: Step, family: str) -> None:
    told = environment(task(serving, family))
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {"AWS_REGION"}
    assert told.keys() <= known
    assert told["AWS_REGION"] == REGION


@pytest.mark.parametrize("family", ["serve", "train"])
def test_both_tasks_keep_the_shop_in_the_bucket(serving: Step, family: str) -> None:
    assert home(serving, family) == home(serving, "serve")
    assert home(serving, family).bucket in serving.account["bucket"]


@pytest.mark.parametrize("family", ["serve", "train"])
def test_nothing_secret_is_in_a_task_definition(serving: Step, family: str) -> None:
    assert not [
        name for name in environment(task(serving, family)) if re.search("SECRET|KEY|TOKEN|PASS", name)
    ]


def test_the_load_balancer_asks_the_application_at_its_port(
    serving: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(task(serving, "serve")).items():
        monkeypatch.setenv(name, value)
    group = serving.account["target group"][f"{NAME}-serve"]
    assert group["HealthCheckPath"] == "/readyz"
    assert group["HealthCheckPath"] in application().openapi()["paths"]
    (mapped,) = container(serving, "serve")["portMappings"]
    assert Settings().port == mapped["containerPort"] == group["Port"]
    (balanced,) = service(serving)["loadBalancers"]
    assert balanced == {
        "targetGroupArn": group["TargetGroupArn"],
        "containerName": "serve",
        "containerPort": group["Port"],
    }


@pytest.mark.parametrize("family", ["serve", "train"])
def test_containers_can_write_to_their_cache_and_to_tmp_only(serving: Step, family: str) -> None:
    one = container(serving, family)
    assert one["readonlyRootFilesystem"] is True
    written = {mount["containerPath"]: mount["sourceVolume"] for mount in one["mountPoints"]}
    assert written.keys() == {environment(task(serving, family))[f"{PREFIX}CACHE_DIR"], "/tmp"}  # noqa: S108 - in the container
    assert set(written.values()) == {volume["name"] for volume in task(serving, family)["volumes"]}


@pytest.mark.parametrize("family", ["serve", "train"])
def test_containers_are_nobody_special(serving: Step, family: str) -> None:
    one = container(serving, family)
    assert one.get("privileged") is not True
    assert one["user"] == "10001:10001"
    assert one["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("family", ["serve", "train"])
def test_what_containers_say_is_kept_for_a_while(serving: Step, family: str) -> None:
    options = container(serving, family)["logConfiguration"]["options"]
    assert options["awslogs-group"] == f"/ecs/{NAME}/{family}"
    assert options["awslogs-region"] == REGION
    assert serving.account["log group"][options["awslogs-group"]]["retentionInDays"] == 30


def test_scaling_follows_cpu_and_requests(serving: Step) -> None:
    targets = [
        one["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]
        for one in ours(serving, "scaling policy").values()
    ]
    assert {one["PredefinedMetricType"] for one in targets} == {
        "ECSServiceAverageCPUUtilization",
        "ALBRequestCountPerTarget",
    }
    (label,) = [one["ResourceLabel"] for one in targets if "ResourceLabel" in one]
    (balancer,) = serving.account["load balancer"]
    group = serving.account["target group"][f"{NAME}-serve"]["TargetGroupArn"]
    assert label == f"{balancer.partition(':loadbalancer/')[2]}/{group.rpartition(':')[2]}"


def test_every_night_the_newest_training_is_started(serving: Step) -> None:
    rule = serving.account["rule"][f"{NAME}-train"]
    assert rule["ScheduleExpression"] == "cron(0 3 * * ? *)"
    (target,) = rule["Targets"]
    newest = target["EcsParameters"]["TaskDefinitionArn"]
    assert newest == task(serving, "train")["taskDefinitionArn"].rpartition(":")[0]
    assert target["Arn"] == service(serving)["clusterArn"]
    assert target["RoleArn"] == serving.account["role"][f"{NAME}-schedule"]["Arn"]
    network = target["EcsParameters"]["NetworkConfiguration"]["awsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert network["SecurityGroups"] == [group_of(serving, "train")["GroupId"]]


def test_every_alarm_is_sent_when_it_begins_and_when_it_ends(serving: Step) -> None:
    (topic,) = serving.account["topic"]
    alarms = ours(serving, "alarm")
    assert len(alarms) >= 5
    for alarm in alarms.values():
        assert alarm["ActionsEnabled"]
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]
        assert alarm["AlarmDescription"]


def test_alarms_are_sent_to_the_operator(serving: Step) -> None:
    (subscription,) = serving.account["subscription"].values()
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", WHOM)
    assert subscription["TopicArn"] in serving.account["topic"]


def test_there_is_a_dashboard(serving: Step) -> None:
    assert serving.account["dashboard"].keys() == {NAME}
