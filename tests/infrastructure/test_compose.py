"""docker compose up, on a machine that has nothing of it yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from infrastructure.compose import Project, project
from infrastructure.conftest import Say
from infrastructure.containers import Images, docker, inspected
from integration.conftest import run
from integration.servers import get, post

pytestmark = pytest.mark.enable_socket

LIMIT = 180


@pytest.fixture(scope="module")
def shop(images: Images, say: Say) -> Iterator[Project]:
    """Everything up, with all defaults but the port."""
    with project(images) as made:
        seconds = made.up()
        say(f"docker compose up --wait: healthy after {seconds:.0f} s")
        assert seconds < LIMIT
        yield made


def version(shop: Project) -> str:
    """The model version that is served."""
    return str(get(shop.port, "/health")[1]["model"]["version"])


def test_a_fresh_machine_gets_a_service_that_recommends(shop: Project) -> None:
    status, answer = get(shop.port, "/recommend/1?n=3")
    assert status == 200
    assert answer["user_known"]
    assert len(answer["recommendations"]) == 3
    assert get(shop.port, "/health")[1]["status"] == "ok"


def test_the_server_may_do_nothing_but_serve(shop: Project) -> None:
    container = inspected(shop.server.container)
    host = container["HostConfig"]
    assert container["Config"]["User"] == "10001:10001"
    assert host["ReadonlyRootfs"]
    assert not host["Privileged"]
    assert (host["CapAdd"], host["CapDrop"]) == (None, ["ALL"])
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    status = docker("exec", shop.server.container, "cat", "/proc/1/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


def test_a_click_counts_in_the_next_answer(shop: Project) -> None:
    before = get(shop.port, "/recommend/somebody-new?n=1")[1]
    item = before["recommendations"][0]["item_id"]
    click = {"type": "view", "user_id": "somebody-new", "item_id": item}
    assert post(shop.port, "/events", click) == (200, {"accepted": 1, "unkept": 0, "refused": []})
    after = get(shop.port, "/recommend/somebody-new?n=1")[1]
    assert (before["user_known"], after["user_known"]) == (False, True)


def test_only_this_machine_is_answered_by_default(shop: Project) -> None:
    (published,) = inspected(shop.server.container)["HostConfig"]["PortBindings"]["8000/tcp"]
    assert published == {"HostIp": "127.0.0.1", "HostPort": str(shop.port)}


def test_a_second_up_trains_nothing(shop: Project, say: Say) -> None:
    before = version(shop)
    shop.compose("stop")
    assert inspected(shop.server.container)["State"]["ExitCode"] == 0
    say(f"docker compose up --wait, once more: healthy after {shop.up():.0f} s")
    assert version(shop) == before
    assert shop.preparation.splitlines()[-1] == "A model is current: nothing to prepare."
    assert shop.compose("run", "--rm", "train", "models", "list", "--json").count('"standing"') == 1


def test_a_sample_shop_whose_preparation_was_killed_is_completed(shop_in_s3: Project) -> None:
    again = shop_in_s3.preparation.rpartition("Written to")[2]
    assert "events: " in again
    assert "new, 0 already there" in again, "the import that was killed"
    assert ", 0 new, " in again.partition("Goal")[0], "the import of the same files once more"


def test_with_the_profile_s3_everything_is_stored_there(shop_in_s3: Project) -> None:
    assert get(shop_in_s3.port, "/recommend/1")[0] == 200
    assert docker("exec", shop_in_s3.server.container, "ls", "/var/lib/recommender") == ""
    assert inspected(shop_in_s3.container("s3"))["HostConfig"]["PortBindings"] == {}


def test_own_files_that_were_imported_are_trained_on_and_no_sample_is_made(
    images: Images, tmp_path: Path, say: Say
) -> None:
    run(
        "sample",
        "--visitors",
        "1500",
        "--items",
        "200",
        "--days",
        "30",
        "--end",
        "2015-05-31",
        "--out",
        str(tmp_path),
    )
    tmp_path.chmod(0o755)
    with project(images, RECOMMENDER_FILES=str(tmp_path)) as own:
        told = own.compose("run", "--rm", "train", "ingest", "--events", "/files/events.csv")
        assert "0 refused" in told
        say(f"an own shop: healthy after {own.up():.0f} s")
        model = get(own.port, "/health")[1]["model"]
        assert model["end"].startswith("2015-05-31")
        assert "A shop of" not in own.preparation
