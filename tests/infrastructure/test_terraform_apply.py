"""terraform/ is applied for real: what there is after each step, from the first day to the last."""

from __future__ import annotations

import pytest
from infrastructure.account import names
from infrastructure.seen import container, home, ours, scalable, service, task
from infrastructure.story import MAXIMUM, MINIMUM, NAME, NEXT_TAG, SCALED, Step, Story

pytestmark = pytest.mark.enable_socket


def test_the_first_apply_starts_nothing(story: Story) -> None:
    assert service(story.empty)["desiredCount"] == 0
    assert scalable(story.empty)["MinCapacity"] == 0
    assert all(alarm["ActionsEnabled"] is False for alarm in ours(story.empty, "alarm").values())


def test_the_first_apply_schedules_nothing(story: Story) -> None:
    assert not story.empty.account["rule"][f"{NAME}-train"]["Targets"]


@pytest.mark.parametrize("step", ["empty", "serving", "hardened"])
def test_what_was_applied_needs_no_change(story: Story, step: str) -> None:
    plan = getattr(story, step).plan
    assert not plan.changes, plan.text


def test_with_an_image_as_many_tasks_are_wanted_as_there_must_be(serving: Step) -> None:
    assert service(serving)["desiredCount"] == MINIMUM
    assert (scalable(serving)["MinCapacity"], scalable(serving)["MaxCapacity"]) == (MINIMUM, MAXIMUM)


def test_the_service_runs_the_newest_task_definition(serving: Step) -> None:
    assert service(serving)["taskDefinition"] == task(serving, "serve")["taskDefinitionArn"]
    assert service(serving)["launchType"] == "FARGATE"


def test_scaling_is_made_anew_with_the_service_that_is_replaced(story: Story) -> None:
    """AWS forgets a service's scalable target and policies when the service is deleted; moto does not."""
    assert scalable(story.empty)["ScalableTargetARN"] != scalable(story.serving)["ScalableTargetARN"]
    policies = [ours(step, "scaling policy") for step in (story.empty, story.serving)]
    for name in policies[0]:
        assert policies[0][name]["PolicyARN"] != policies[1][name]["PolicyARN"]


def test_a_deployment_and_scaling_from_outside_need_no_change(story: Story) -> None:
    assert not story.deployed.plan.changes, story.deployed.plan.text
    assert service(story.deployed)["desiredCount"] == SCALED
    assert service(story.deployed)["taskDefinition"] == task(story.deployed, "serve")["taskDefinitionArn"]
    assert container(story.deployed, "serve")["image"].endswith(f":{NEXT_TAG}")


def test_a_deployment_reaches_the_next_night(story: Story) -> None:
    (target,) = story.deployed.account["rule"][f"{NAME}-train"]["Targets"]
    newest = task(story.deployed, "train")
    assert newest["taskDefinitionArn"].startswith(f"{target['EcsParameters']['TaskDefinitionArn']}:")
    assert container(story.deployed, "train")["image"].endswith(f":{NEXT_TAG}-train")


def test_what_others_deployed_runs_on(story: Story) -> None:
    assert service(story.hardened)["taskDefinition"] == service(story.deployed)["taskDefinition"]
    assert service(story.hardened)["desiredCount"] == SCALED


def test_who_forgets_the_tag_does_not_take_the_service_down(story: Story) -> None:
    assert "image_tag_must_stay_set[0] has lifecycle.prevent_destroy" in story.without_tag


def test_the_bucket_is_not_destroyed_by_accident(story: Story) -> None:
    assert "aws_s3_bucket.this has lifecycle.prevent_destroy" in story.without_steps


def test_nothing_is_left_but_the_bucket(story: Story) -> None:
    assert names(story.removed) - names(story.before) == {("bucket", home(story.serving, "serve").bucket)}
