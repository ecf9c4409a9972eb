"""A deployment, whatever becomes of it."""

from __future__ import annotations

import pytest
from deployment.errors import (
    DeploymentFailed,
    DeploymentRefused,
    Overtaken,
    PlatformUnavailable,
    RolledBack,
    Stranded,
)
from deployment.rollout import Rollouts
from fakes.platform import GIVEN_UP, NEVER, STEADY, FakePlatform, FakeProbe, FakeTime, Fate, content

PATIENCE = 20 * 60.0


class World:
    """A service called shop, and everything around it."""

    def __init__(self) -> None:
        self.platform, self.probe, self.time = FakePlatform(), FakeProbe(), FakeTime()
        self.said: list[str] = []
        self.rollouts = Rollouts(
            "shop", self.platform, self.probe, self.said.append, self.time.clock, self.time.sleep, PATIENCE
        )

    @property
    def revisions(self) -> list[str]:
        """The newest revision of either family."""
        return [self.platform.definition(f"shop-{container}").name for container in ("serve", "train")]


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_tag_runs_and_the_nightly_training_follows(world: World) -> None:
    assert world.rollouts.deploy("v2") == "v2 runs as shop-serve:2, and answers."
    assert world.platform.runs == "v2"
    assert world.platform.tag("shop-train") == "v2-train"
    assert world.probe.checks == 1
    assert world.platform.told == ["shop-serve:2"]


def test_progress_is_said_once_for_every_change(world: World) -> None:
    world.platform.fates["v2"] = Fate(STEADY.end, 40)
    world.rollouts.deploy("v2")
    assert world.said == [
        "shop-serve:1 completed: 2 tasks run, 2 are wanted.",
        "Registered shop-serve:2 with the image v2.",
        "Replacing shop-serve:1 by shop-serve:2.",
        "shop-serve:2 in progress: 3 tasks run, 2 are wanted.",
        "shop-serve:2 completed: 2 tasks run, 2 are wanted.",
        "Registered shop-train:2 with the image v2-train.",
    ]


def test_the_same_tag_again_changes_nothing_and_is_checked_again(world: World) -> None:
    world.rollouts.deploy("v2")
    assert world.rollouts.deploy("v2") == "v2 was there already, and answers."
    assert world.platform.told == ["shop-serve:2"]
    assert world.revisions == ["shop-serve:2", "shop-train:2"]
    assert world.probe.checks == 2


def test_an_older_tag_is_a_deployment_like_any_other(world: World) -> None:
    world.rollouts.deploy("v2")
    world.rollouts.deploy("v1")
    assert world.platform.runs == "v1"
    assert world.platform.tag("shop-train") == "v1-train"


def test_only_the_image_of_the_newest_revision_is_changed(world: World) -> None:
    world.platform.register(content("serve", "v1", memory="8192"))
    world.platform.register(content("train", "v1-train", memory="32768"))
    world.rollouts.deploy("v2")
    assert world.platform.definition("shop-serve").content == content("serve", "v2", memory="8192")
    assert world.platform.definition("shop-train").content == content("train", "v2-train", memory="32768")


def test_what_was_changed_about_how_the_same_tag_runs_arrives_without_a_revision_of_its_own(
    world: World,
) -> None:
    changed = world.platform.register(content("serve", "v1", memory="8192"))
    world.rollouts.deploy("v1")
    assert world.platform.told == [changed]
    assert world.revisions == [changed, "shop-train:1"]


def test_a_look_that_is_a_moment_old_does_not_mislead(world: World) -> None:
    world.platform.lag = 2
    world.rollouts.deploy("v2")
    assert world.platform.runs == "v2"


def test_a_deployment_that_is_under_way_is_awaited_first(world: World) -> None:
    world.platform.update(world.platform.register(content("serve", "v3")))
    world.rollouts.deploy("v2")
    assert world.platform.told == ["shop-serve:2", "shop-serve:3"]
    assert world.platform.runs == "v2"


def test_a_deployment_under_way_that_does_not_end_is_left_alone(world: World) -> None:
    world.platform.fates["v3"] = NEVER
    world.platform.update(world.platform.register(content("serve", "v3")))
    with pytest.raises(DeploymentRefused, match="still under way"):
        world.rollouts.deploy("v2")
    assert world.platform.told == ["shop-serve:2"]


def test_before_the_first_deployment_the_page_that_says_how_is_named(world: World) -> None:
    world.platform.desired = 0
    with pytest.raises(DeploymentRefused, match=r'"First deployment" in docs/operations\.md'):
        world.rollouts.deploy("v2")
    assert world.revisions == ["shop-serve:1", "shop-train:1"]


@pytest.mark.parametrize("missing", ["v2", "v2-train"])
def test_an_image_that_was_not_pushed_is_missed_before_anything_is_changed(
    world: World, missing: str
) -> None:
    world.platform.images = {image for image in world.platform.images if not image.endswith(f":{missing}")}
    with pytest.raises(DeploymentRefused, match=f"has no image .*/shop:{missing}: push it first"):
        world.rollouts.deploy("v2")
    assert world.revisions == ["shop-serve:1", "shop-train:1"]


def test_a_url_where_nobody_is_is_noticed_before_anything_is_changed(world: World) -> None:
    world.probe.nobody = DeploymentRefused("Nobody answers.")
    with pytest.raises(DeploymentRefused, match="Nobody answers"):
        world.rollouts.deploy("v2")
    assert world.revisions == ["shop-serve:1", "shop-train:1"]


@pytest.mark.parametrize("image", ["elsewhere/shop", "elsewhere/shop@sha256:00"])
def test_an_image_without_a_tag_is_refused(world: World, image: str) -> None:
    definition = {"name": "train", "image": image, "essential": True}
    world.platform.register({"family": "shop-train", "containerDefinitions": [definition]})
    with pytest.raises(DeploymentRefused, match="'train' with a tagged image"):
        world.rollouts.deploy("v2")
    assert world.platform.told == []


def test_tasks_that_fail_to_start_are_rolled_back_by_the_platform_and_the_reason_is_said(
    world: World,
) -> None:
    world.platform.fates["v2"] = GIVEN_UP
    with pytest.raises(RolledBack, match=r"tasks failed to start\..*at work.*runs shop-serve:1 again\."):
        world.rollouts.deploy("v2")
    assert world.platform.runs == "v1"
    assert world.platform.tag("shop-train") == "v1-train"
    assert world.probe.checks == 0


def test_what_vanished_without_a_word_was_given_up(world: World) -> None:
    def vanish() -> None:
        world.platform.update("shop-serve:1")

    world.platform.fates["v2"] = NEVER
    world.time.alarms[30] = vanish
    with pytest.raises(RolledBack, match="given up by the platform"):
        world.rollouts.deploy("v2")


def test_what_is_never_steady_is_returned_when_patience_ends(world: World) -> None:
    world.platform.fates["v2"] = NEVER
    with pytest.raises(RolledBack, match="shop-serve:2 does not run after 20 minutes"):
        world.rollouts.deploy("v2")
    assert world.platform.told == ["shop-serve:2", "shop-serve:1"]
    assert PATIENCE <= world.time.now < PATIENCE + 60


def test_what_runs_but_does_not_answer_is_returned(world: World) -> None:
    world.probe.wrong = DeploymentFailed("/readyz says 503.")
    with pytest.raises(RolledBack, match=r"/readyz says 503\. The service runs shop-serve:1 again\."):
        world.rollouts.deploy("v2")
    assert world.platform.runs == "v1"
    assert world.platform.tag("shop-train") == "v1-train"


def test_what_was_there_already_and_does_not_answer_has_nothing_to_return_to(world: World) -> None:
    world.probe.wrong = DeploymentFailed("/readyz says 503.")
    with pytest.raises(DeploymentFailed, match="503"):
        world.rollouts.deploy("v1")
    assert world.platform.told == []


def test_if_the_return_fails_as_well_it_is_said_loudly(world: World) -> None:
    world.platform.fates |= {"v2": NEVER, "v1": NEVER}
    with pytest.raises(
        Stranded, match=r"shop-serve:2 does not run.* FAILED AS WELL: shop-serve:1 does not run"
    ):
        world.rollouts.deploy("v2")


def test_if_the_platform_is_away_when_it_should_return_it_is_said_loudly(world: World) -> None:
    world.platform.fates["v2"] = NEVER
    world.time.alarms[60] = lambda: world.platform.outages.update({"service", "update"})
    with pytest.raises(Stranded, match=r"service failed: .* FAILED AS WELL: update failed"):
        world.rollouts.deploy("v2")


def test_a_platform_that_is_away_before_anything_is_changed_is_no_roll_back(world: World) -> None:
    world.platform.outages.add("register")
    with pytest.raises(PlatformUnavailable, match="register failed"):
        world.rollouts.deploy("v2")
    assert world.platform.told == []


def test_a_training_that_cannot_be_registered_takes_the_service_back(world: World) -> None:
    world.time.alarms[10] = lambda: world.platform.outages.add("register")
    with pytest.raises(RolledBack, match="register failed"):
        world.rollouts.deploy("v2")
    assert world.platform.runs == "v1"


def test_what_somebody_else_deploys_meanwhile_is_left_alone(world: World) -> None:
    theirs = world.platform.register(content("serve", "v3"))
    world.platform.fates["v2"] = NEVER
    world.time.alarms[30] = lambda: world.platform.update(theirs)
    with pytest.raises(Overtaken, match="Somebody else has told the service to run shop-serve:2"):
        world.rollouts.deploy("v2")
    assert world.platform.told == ["shop-serve:3", "shop-serve:2"]


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("second", [10, 20])
def test_interrupted_it_tells_the_service_to_return_and_does_not_wait(world: World, second: float) -> None:
    world.time.alarms[second] = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.rollouts.deploy("v2")
    assert world.platform.told == ["shop-serve:2", "shop-serve:1"]
    assert world.time.now == second
    assert world.said[-1] == "The service was told to return to shop-serve:1, and does so on its own."


def test_interrupted_while_it_waits_for_the_return_it_leaves_the_service_to_it(world: World) -> None:
    world.platform.fates |= {"v2": GIVEN_UP, "v1": NEVER}
    world.time.alarms[200] = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.rollouts.deploy("v2")
    assert world.platform.runs == "v1"


def test_interrupted_while_the_platform_is_away_it_says_so_loudly(world: World) -> None:
    def interrupted_by_the_outage() -> None:
        world.platform.outages.add("update")
        raise KeyboardInterrupt

    world.time.alarms[10] = interrupted_by_the_outage
    with pytest.raises(Stranded, match=r"could not be told to return to shop-serve:1: update failed"):
        world.rollouts.deploy("v2")


def test_interrupted_before_anything_was_changed_it_changes_nothing(world: World) -> None:
    world.platform.fates["v3"] = NEVER
    world.platform.update(world.platform.register(content("serve", "v3")))
    world.time.alarms[10] = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.rollouts.deploy("v2")
    assert world.platform.told == ["shop-serve:2"]
