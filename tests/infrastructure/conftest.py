"""The images of this tree, a shop in an S3-compatible server, an account with terraform/ in it: made once."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator

import pytest
from fakes.aws import aws_server
from fakes.s3 import find_weed
from infrastructure.compose import Project, project
from infrastructure.containers import BASE, ROOT, Images, called, docker
from infrastructure.object_store import ObjectStore
from infrastructure.story import Step, Story, lived

SMALL_SHOP = "--visitors 2000 --items 300 --days 30"
S3_ENVIRONMENT = "docker/s3.env"

Say = Callable[[str], None]


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Say:
    """Print a figure that was measured, whatever else is captured."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def printed(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n  {line}")  # noqa: T201 - for whoever runs the tests

    return printed


@pytest.fixture(scope="session")
def images(say: Say) -> Images:
    """Both images, built as an operator builds them."""
    if shutil.which("docker") is None or called("docker", "info").returncode:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("no Docker daemon answers")
    started = time.monotonic()
    built = called("make", "image", "TAG=test")
    if built.returncode:
        pytest.fail(built.stdout[-4000:])
    say(f"both images built in {time.monotonic() - started:.0f} s")
    return Images("recommender:test", "recommender:test-train")


@pytest.fixture(scope="session")
def s3_image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SeaweedFS: from its program where that is installed, else the published image."""
    program = find_weed()
    if program is None:
        return "chrislusf/seaweedfs:4.48"
    context = tmp_path_factory.mktemp("seaweedfs")
    shutil.copy(program, context / "weed")
    (context / "Dockerfile").write_text(f'FROM {BASE}\nCOPY weed /usr/bin/weed\nENTRYPOINT ["weed"]\n')
    docker("build", "--quiet", "--tag", "seaweedfs:test", str(context))
    return "seaweedfs:test"


@pytest.fixture(scope="session")
def shop_in_s3(images: Images, s3_image: str, say: Say) -> Iterator[Project]:
    """Everything up, with the profile `s3`, after its first preparation was killed while it trained."""
    settings = {
        "RECOMMENDER_ENV_FILE": S3_ENVIRONMENT,
        "RECOMMENDER_S3_IMAGE": s3_image,
        "RECOMMENDER_SAMPLE": SMALL_SHOP,
    }
    with project(images, "s3", **settings) as shop:
        shop.compose("up", "--no-build", "--detach", "prepare")
        shop.until_it_prepares("events: ")
        shop.compose("kill", "prepare")
        say(f"with everything in S3: healthy after {shop.up():.0f} s")
        yield shop


@pytest.fixture(scope="session")
def object_store(images: Images, shop_in_s3: Project) -> ObjectStore:
    """An S3 for containers that holds a shop wherever it is asked for."""
    lines = (ROOT / S3_ENVIRONMENT).read_text().splitlines()
    settings = dict(each.split("=", 1) for each in lines if "=" in each and not each.startswith("#"))
    origin = settings.pop("RECOMMENDER_STORAGE_URL")
    return ObjectStore(images, f"{shop_in_s3.name}_shop", settings, origin)


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    with aws_server() as url:
        return lived(tmp_path_factory.mktemp("account"), url)


@pytest.fixture
def serving(story: Story) -> Step:
    return story.serving
