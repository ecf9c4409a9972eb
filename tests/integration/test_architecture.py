"""What import-linter (`make check`) cannot see: what happens when modules are imported, and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from worlds import NOW, SHOP_CARD, shop_model

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.models import BlobModelStore
from recommender.settings import PREFIX

TRAINING_ONLY = {"pandas", "sklearn", "scipy", "pyarrow", "joblib"}
S3_ONLY = {"boto3", "botocore", "s3transfer", "urllib3"}

_MODULES = """
import pkgutil
import recommender
modules = [each.name for each in pkgutil.walk_packages(recommender.__path__, "recommender.")]
"""

_IMPORT_EVERYTHING = f"""
import importlib, json, sys
{_MODULES}
touched = []
def watch(event, arguments):
    writes = event == "open" and (arguments[2] or 0) & 3
    if writes or event in {{"socket.__new__", "os.mkdir", "subprocess.Popen", "os.posix_spawn"}}:
        touched.append([event, repr(arguments)])
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for module in modules:
    importlib.import_module(module)
print(json.dumps([modules, touched]))
"""

_SERVE = """
import json, sys
from recommender.container import Container
from recommender.settings import read_settings
import recommender.entrypoints.http.asgi
from recommender.application.recommend import Request
container = Container(settings=read_settings())
serving = container.serving()
serving.follow()
answer = serving.served.recommend(Request(user_id="ada"), container.clock().now())
print(json.dumps([[each.item_id for each in answer.recommendations], sorted(sys.modules)]))
"""


def printed(program: str, **environment: str) -> list[list[str]]:
    """What another process prints as JSON."""
    found: list[list[str]] = json.loads(
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env=os.environ | environment,
        ).stdout
    )
    return found


def test_importing_any_module_opens_no_socket_writes_no_file_and_starts_no_process() -> None:
    modules, touched = printed(_IMPORT_EVERYTHING)
    assert {
        "recommender.container",
        "recommender.entrypoints.http.app",
        "recommender.adapters.sklearn.logistic",
    } < set(modules)
    assert touched == []


def test_a_server_answers_without_the_libraries_of_training(tmp_path: Path) -> None:
    models = BlobModelStore(LocalBlobStore(tmp_path))
    models.promote(models.publish(shop_model(), SHOP_CARD, {}, NOW), None)
    items, modules = printed(_SERVE, **{f"{PREFIX}STORAGE_URL": tmp_path.as_uri()})
    assert len(items) == 5
    assert {"numpy", "fastapi"} < set(modules)
    assert TRAINING_ONLY.isdisjoint(modules)
    assert S3_ONLY.isdisjoint(modules)


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        ("recommender.domain.model", {*TRAINING_ONLY, "pydantic", "fastapi", "dependency_injector", "rich"}),
        (
            "recommender.application.train",
            {*TRAINING_ONLY, "pydantic", "fastapi", "dependency_injector", "rich"},
        ),
        ("recommender.entrypoints.cli.main", {*TRAINING_ONLY, *S3_ONLY, "uvicorn"}),
        ("recommender.entrypoints.http.app", {*TRAINING_ONLY, *S3_ONLY, "rich", "uvicorn"}),
    ],
)
def test_a_module_loads_nothing_that_it_need_not_know(module: str, foreign: set[str]) -> None:
    (loaded,) = printed(f"import json, sys, {module}; print(json.dumps([sorted(sys.modules)]))")
    assert foreign.isdisjoint(loaded)
