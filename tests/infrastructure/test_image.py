"""What is in the images, and how a container behaves."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from infrastructure.conftest import Say
from infrastructure.containers import BASE, ROOT, Images, Server, called, docker, inspected, logs, running
from infrastructure.object_store import STORAGE, ObjectStore
from integration.servers import get, unfinished_request, until_it_answers_no_more

from recommender.entrypoints.cli.main import VERBS

pytestmark = pytest.mark.enable_socket

MB = 1_000_000
TRAINING_ONLY = ["pandas", "sklearn", "scipy", "pyarrow", "joblib", "matplotlib", "jinja2"]
INSTALLERS = ["pip", "setuptools", "wheel", "ensurepip"]
COMPILERS = ["cc", "gcc", "g++", "clang", "make", "pip"]

_WHAT_IS_THERE = """
import json, sys
from importlib.metadata import distributions
from importlib.util import find_spec
from shutil import which
modules, programs = map(json.loads, sys.argv[1:])
print(json.dumps({
    "modules": [each for each in modules if find_spec(each)],
    "programs": [each for each in programs if which(each)],
    "versions": {each.name.lower().replace("_", "-"): each.version for each in distributions()},
}))
"""


def contents(image: str) -> dict[str, Any]:
    """Which of those modules and programs are there, and the versions of what is installed."""
    asked = [json.dumps(TRAINING_ONLY + INSTALLERS), json.dumps(COMPILERS)]
    found: dict[str, Any] = json.loads(
        docker("run", "--rm", "--entrypoint", "python", image, "-c", _WHAT_IS_THERE, *asked)
    )
    return found


def judged(server: Server) -> str:
    """What Docker says of a container's health once it has asked."""
    for _ in range(100):
        status = str(inspected(server.container)["State"]["Health"]["Status"])
        if status != "starting":
            return status
        time.sleep(0.1)
    return "starting"


def test_the_serving_image_adds_less_than_150_mb_to_its_base(images: Images, say: Say) -> None:
    base, serve, train = (inspected(each)["Size"] / MB for each in (BASE, images.serve, images.train))
    say(f"base image {base:.0f} MB; serve adds {serve - base:.0f} MB, train {train - base:.0f} MB")
    assert serve - base < 150


def test_the_serving_image_has_nothing_to_train_install_or_compile_with(images: Images) -> None:
    found = contents(images.serve)
    assert (found["modules"], found["programs"]) == ([], [])


def test_the_training_image_has_what_training_needs_and_nothing_to_install_or_compile_with(
    images: Images,
) -> None:
    found = contents(images.train)
    assert (found["modules"], found["programs"]) == (TRAINING_ONLY, [])


@pytest.mark.parametrize("target", ["serve", "train"])
def test_what_is_installed_is_what_is_locked(images: Images, target: str) -> None:
    lock = {"serve": "serve.txt", "train": "run.txt"}[target]
    locked = set(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / lock).read_text(), re.MULTILINE))
    installed = set(contents(getattr(images, target))["versions"].items())
    assert {name for name, _ in installed - locked} == {"recommender"}
    assert ("numpy", contents(images.serve)["versions"]["numpy"]) in installed, "both have one numpy"


@pytest.mark.parametrize(("target", "command"), [("serve", ["serve"]), ("train", ["train"])])
def test_the_images_say_what_they_are(images: Images, target: str, command: list[str]) -> None:
    config = inspected(getattr(images, target))["Config"]
    assert config["User"] == "10001:10001"
    assert (config["Entrypoint"], config["Cmd"]) == (["recommender"], command)
    assert set(config["Volumes"]) == {"/var/cache/recommender", "/tmp"}  # noqa: S108 - in the container
    labels = {name.removeprefix("org.opencontainers.image."): each for name, each in config["Labels"].items()}
    assert labels["revision"] == called("git", "rev-parse", "HEAD").stdout.strip()
    assert re.fullmatch(r"\d+\.\d+\.\d+", labels["version"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+", labels["created"])
    assert labels["licenses"] == "Apache-2.0"


def test_the_training_image_has_every_verb(images: Images) -> None:
    told = docker("run", "--rm", images.train, "--help")
    assert all(re.search(rf"^    {verb.__name__.rpartition('.')[2]}\s", told, re.MULTILINE) for verb in VERBS)


def test_a_container_of_nobody_with_nothing_to_write_on_turns_healthy(images: Images) -> None:
    """Also without a model, and on another port: whoever starts containers asks whether the process lives."""
    with running(images.serve, {"RECOMMENDER_PORT": "9000"}, "--health-interval", "1s") as server:
        assert judged(server) == "healthy"
        assert docker("exec", server.container, "id", "-u") == "10001"
        assert get(server.port, "/health")[1]["status"] == "no model"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_in_flight_when_the_container_is_told_to_stop_is_answered(
    images: Images, object_store: ObjectStore, workers: str
) -> None:
    alone = {"RECOMMENDER_MEMORY_URL": "none"}  # several workers have no memory in common
    environment = {STORAGE: object_store.origin, "RECOMMENDER_WORKERS": workers} | alone
    with object_store.serving(images.serve, environment) as server:
        with unfinished_request(server.port, b'{"user_id": "1"}') as finish:
            docker("kill", "--signal", "TERM", server.container)
            until_it_answers_no_more(server.port)
            status, answer = finish()
        assert docker("wait", server.container) == "0"
    assert status == 200
    assert len(answer["recommendations"]) == 5


def test_a_request_that_never_ends_does_not_keep_the_container_until_it_is_killed(
    images: Images, object_store: ObjectStore, say: Say
) -> None:
    with (
        object_store.serving(images.serve, {STORAGE: object_store.origin}) as server,
        unfinished_request(server.port, b"{}"),
    ):
        started = time.monotonic()
        docker("stop", "--time", "30", server.container)
        state = inspected(server.container)["State"]
        say(f"stopped after {time.monotonic() - started:.0f} s beside a request that never ends")
        assert state["ExitCode"] == 0, logs(server.container)
