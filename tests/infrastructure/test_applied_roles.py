"""Who may do what in the account that terraform/ makes."""

from __future__ import annotations

import re

import pytest
from infrastructure.seen import allowed, container, home, service, task
from infrastructure.story import NAME, REGION, REPOSITORY, Step

pytestmark = pytest.mark.enable_socket


@pytest.mark.parametrize("family", ["serve", "train"])
def test_each_task_has_a_role_of_its_own(serving: Step, family: str) -> None:
    role = serving.account["role"][f"{NAME}-{family}"]
    assert task(serving, family)["taskRoleArn"] == role["Arn"]
    assert task(serving, family)["executionRoleArn"] == serving.account["role"][f"{NAME}-execution"]["Arn"]


@pytest.mark.parametrize("family", ["serve", "train"])
def test_a_task_reaches_one_bucket_below_one_prefix(serving: Step, family: str) -> None:
    where = home(serving, family)
    bucket = f"arn:aws:s3:::{where.bucket}"
    for statement in serving.account["role"][f"{NAME}-{family}"]["Statements"]:
        assert statement["Effect"] == "Allow"
        if statement["Action"] == ["s3:ListBucket"]:
            assert statement["Resource"] == [bucket]
            below = statement["Condition"]["StringLike"]["s3:prefix"]
            assert set(below) <= {where.prefix, f"{where.prefix}/*"}
        else:
            assert all(action.startswith("s3:") and "*" not in action for action in statement["Action"])
            assert all(resource.startswith(f"{bucket}/{where.prefix}/") for resource in statement["Resource"])


def test_the_server_only_reads(serving: Step) -> None:
    assert allowed(serving, "serve") == {"s3:GetObject", "s3:ListBucket"}


def test_the_training_reads_writes_and_deletes(serving: Step) -> None:
    assert allowed(serving, "train") >= {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}


def test_who_starts_containers_pulls_their_image_opens_their_log_and_hands_them_their_keys(
    serving: Step,
) -> None:
    repository = serving.account["repository"][NAME]["repositoryArn"]
    logs = f"arn:aws:logs:{REGION}:[0-9]+:log-group:/ecs/{NAME}/(serve|train):.*"
    (keys,) = container(serving, "serve")["secrets"]
    assert keys["name"] == "RECOMMENDER_API_KEYS"
    assert f":secret:{NAME}/api-keys-" in keys["valueFrom"]
    for statement in serving.account["role"][f"{NAME}-execution"]["Statements"]:
        if statement["Action"] != [
            "ecr:GetAuthorizationToken"
        ]:  # which AWS gives for all repositories or none
            named = (repository, keys["valueFrom"])
            assert all(one in named or re.fullmatch(logs, one) for one in statement["Resource"])


@pytest.mark.parametrize("role", ["serve", "train", "execution"])
def test_only_tasks_of_this_account_take_their_roles(serving: Step, role: str) -> None:
    (trusted,) = serving.account["role"][f"{NAME}-{role}"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    account = task(serving, "serve")["taskDefinitionArn"].split(":")[4]
    assert trusted["Condition"]["StringEquals"] == {"aws:SourceAccount": account}


def test_the_schedule_may_start_every_revision_and_pass_its_roles(serving: Step) -> None:
    statements = serving.account["role"][f"{NAME}-schedule"]["Statements"]
    by_action = {statement["Action"][0]: statement["Resource"] for statement in statements}
    family = task(serving, "train")["taskDefinitionArn"].rpartition(":")[0]
    assert by_action == {
        "ecs:RunTask": [family, f"{family}:*"],
        "iam:PassRole": [task(serving, "train")["executionRoleArn"], task(serving, "train")["taskRoleArn"]],
    }


def test_the_pipeline_of_one_repository_takes_its_role_by_a_token_of_github(serving: Step) -> None:
    (provider,) = serving.account["identity provider"]
    (trusted,) = serving.account["role"][f"{NAME}-pipeline"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Federated": provider}
    github = provider.partition("/")[2]
    assert trusted["Condition"]["StringEquals"] == {
        f"{github}:aud": "sts.amazonaws.com",
        f"{github}:sub": f"repo:{REPOSITORY}:environment:production",
    }


def test_the_pipeline_changes_this_service_and_passes_the_roles_of_its_tasks(serving: Step) -> None:
    resources = {
        action: statement["Resource"]
        for statement in serving.account["role"][f"{NAME}-pipeline"]["Statements"]
        for action in statement["Action"]
    }
    roles = serving.account["role"]
    assert not [action for action in resources if "*" in action]
    assert resources["ecr:PutImage"] == [serving.account["repository"][NAME]["repositoryArn"]]
    assert resources["ecs:UpdateService"] == [service(serving)["serviceArn"]]
    assert set(resources["iam:PassRole"]) == {
        roles[f"{NAME}-{one}"]["Arn"] for one in ("execution", "serve", "train")
    }
