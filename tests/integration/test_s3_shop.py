"""From files to answers with everything in a bucket: the same answers as with everything on a disk."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from fakes.s3 import new_bucket, use_s3
from integration.conftest import run
from integration.servers import get, serving

from recommender.settings import PREFIX

pytestmark = pytest.mark.enable_socket

VISITORS = 1_200
SAMPLE = ["--visitors", str(VISITORS), "--items", "200", "--days", "30", "--end", "2015-05-31"]
MOMENT = "2015-06-01T00:00:00Z"
VERSION = re.compile(r"\d{8}T\d{6}Z-([0-9a-f]{12})")


@dataclass(frozen=True)
class Outcome:
    """What a shop says of its import, the content of the version it published, and its answers."""

    imported: str
    content: str
    answers: list[str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    run("sample", *SAMPLE, "--out", str(folder))
    asked = ({"id": each, "user_id": each, "n": 20} for each in range(VISITORS))
    (folder / "requests.jsonl").write_text("".join(json.dumps(each) + "\n" for each in asked))
    return folder


def outcome(files: Path, folder: Path, storage_url: str) -> Outcome:
    """Import, train and answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{PREFIX}STORAGE_URL", storage_url)
        patch.setenv(f"{PREFIX}CACHE_DIR", str(folder / "cache"))
        imported = run(
            *("ingest", "--events", str(files / "events.csv")),
            *("--item-properties", str(files / "item_properties.csv")),
            *("--category-tree", str(files / "category_tree.csv")),
        )
        published = VERSION.search(run("train", "--target", "interaction", "--seed", "7"))
        assert published is not None
        answers = folder / "answers.jsonl"
        run("recommend", "--input", str(files / "requests.jsonl"), "--output", str(answers))
    return Outcome(imported, published[1], answers.read_text().splitlines())


@pytest.fixture(scope="module")
def on_a_disk(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("disk")
    return outcome(files, folder, (folder / "shop").as_uri())


@pytest.mark.parametrize("server", ["moto_url", "weed_url"])
def test_a_shop_in_a_bucket_answers_as_one_on_a_disk(
    server: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    files: Path,
    on_a_disk: Outcome,
    tmp_path: Path,
) -> None:
    url: str = request.getfixturevalue(server)
    use_s3(monkeypatch, url)
    shop = f"s3://{new_bucket(url)}/shops/{uuid4().hex}"
    in_s3 = outcome(files, tmp_path, shop)
    assert len(in_s3.answers) == VISITORS
    assert in_s3 == on_a_disk
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", shop)
    monkeypatch.setenv(f"{PREFIX}CACHE_DIR", str(tmp_path / "cache"))
    assert " 0 new, " in run("ingest", "--events", str(files / "events.csv"))
    on_the_screen = json.loads(run("recommend", "1", "--at", MOMENT, "--json"))
    with serving(shop) as (port, _):
        status, served = get(port, f"/recommend/1?at={MOMENT}")
    assert (status, served["recommendations"]) == (200, on_the_screen)
