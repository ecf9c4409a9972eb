from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.clock import FixedClock
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter
from services import shop_app
from worlds import NOW, SHOP_CARD, shop_model

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.memory import ProcessMemory
from recommender.adapters.models import BlobModelStore
from recommender.domain.retrieval import Reason
from recommender.entrypoints.event_wire import Events
from recommender.entrypoints.explanations import ExplanationOfItem
from recommender.entrypoints.http.asgi import application
from recommender.entrypoints.http.attribution import AttributionAnswer
from recommender.entrypoints.http.events import EventsAnswer
from recommender.entrypoints.http.health import HealthAnswer, StatusAnswer
from recommender.entrypoints.http.item_lists import BasketAnswer, ItemListAnswer
from recommender.entrypoints.http.parameters import BasketBody
from recommender.entrypoints.http.shoppers import ShopperAnswer
from recommender.entrypoints.wire import RecommendationAnswer, RecommendationBody

API = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLES = re.findall(r"```sh\n(curl .+?)```\s+```json\n(.+?)```", API.read_text(), re.DOTALL)
ANSWERS: dict[str, type[BaseModel]] = {
    "/recommend/{user_id}": RecommendationAnswer,
    "/recommend": RecommendationAnswer,
    "/similar/{item_id}": ItemListAnswer,
    "/bought-together/{item_id}": ItemListAnswer,
    "/bought-together": BasketAnswer,
    "/popular": ItemListAnswer,
    "/trending": ItemListAnswer,
    "/users/{user_id}": ShopperAnswer,
    "/health": HealthAnswer,
    "/livez": StatusAnswer,
    "/readyz": StatusAnswer,
    "/attribution": AttributionAnswer,
    "/events": EventsAnswer,
}


def whole_app() -> FastAPI:
    return shop_app(None, lambda: "0b9f6d0e4b7c4a3d9e5a0c8f2d1b6e73", ProcessMemory(FixedClock(NOW)))


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(whole_app()) as client:
        yield client


def operations() -> list[tuple[str, dict[str, Any]]]:
    paths = whole_app().openapi()["paths"]
    return [(path, operation) for path in paths for operation in paths[path].values()]


def sections() -> list[str]:
    """What the documentation says of operations: each section names them below its title."""
    return [each for each in API.read_text().split("\n## ") if operations_of(each)]


def operations_of(section: str) -> list[tuple[str, str]]:
    """The (method, path) of a section: what is between its title and its text."""
    named = section.split("\n\n")[1]
    return re.findall(r"`([A-Z]+) (/\S*)`", named) if re.fullmatch(r"(`[A-Z]+ /\S*`(, )?)+", named) else []


def names_in_tables(section: str) -> set[str]:
    """The names in the first column of a section's tables of parameters."""
    tables = [each.partition("\n\n")[0] for each in section.split("| parameter |")[1:]]
    columns = [line.split("|")[1] for table in tables for line in table.splitlines()[2:]]
    return {name for column in columns for name in re.findall(r"`(\w+)`", column)}


def curl(client: TestClient, command: str) -> Any:  # noqa: ANN401 - of the client's library
    """Do what a curl command of the documentation does."""
    options = ArgumentParser()
    options.add_argument("url")
    options.add_argument("-G", dest="as_query", action="store_true")
    options.add_argument("-H", dest="header", action="append", default=[])
    options.add_argument("-d", "--data-urlencode", dest="data", action="append", default=[])
    asked = options.parse_args(shlex.split(command.replace("\\\n", " "))[1:])
    url = asked.url.removeprefix("http://localhost:8000")
    if asked.as_query:
        pairs: dict[str, list[str]] = {}
        for name, _, value in (each.partition("=") for each in asked.data):
            pairs.setdefault(name, []).append(value)
        return client.get(url, params=pairs)
    if asked.data:
        headers = dict(each.split(": ") for each in asked.header)
        return client.post(url, content=asked.data[0], headers=headers)
    return client.get(url)


def parsed(text: str) -> object:
    """JSON without what differs between processors (last digits), Pythons (titles) and releases (version)."""
    return json.loads(
        text,
        parse_float=lambda number: round(float(number), 9),
        object_hook=lambda each: {key: each[key] for key in each if key not in {"title", "version"}},
    )


@pytest.mark.parametrize(("command", "answer"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_service_answers_the_examples_of_the_documentation_as_it_says(
    client: TestClient, command: str, answer: str
) -> None:
    assert parsed(curl(client, command).text) == parsed(answer)


def test_the_documentation_has_an_example_of_every_kind() -> None:
    kinds = {re.findall(r"localhost:8000/([\w-]+)", command)[0] for command, _ in EXAMPLES}
    assert kinds == {path.split("/")[1] for path in ANSWERS} - {"livez", "readyz", "attribution"}


def test_the_documentation_lists_every_reason_and_no_other() -> None:
    table = API.read_text().partition("| reason |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [reason.wire for reason in Reason]


def test_the_documentation_has_every_operation_of_openapi_once_and_no_other() -> None:
    documented = [each for section in sections() for each in operations_of(section)]
    paths = whole_app().openapi()["paths"]
    assert sorted(documented) == sorted((method.upper(), path) for path in paths for method in paths[path])


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.partition("\n")[0])
def test_a_section_of_the_documentation_has_every_parameter_and_field_of_its_operations_and_no_other(
    section: str,
) -> None:
    document = whole_app().openapi()
    taken: set[str] = set()
    for method, path in operations_of(section):
        operation = document["paths"][path][method.lower()]
        taken |= {parameter["name"] for parameter in operation.get("parameters", [])}
        if "requestBody" in operation:
            schema = json.dumps(operation["requestBody"]["content"]["application/json"]["schema"])
            for name in re.findall(r"#/components/schemas/(\w+)", schema):
                taken |= set(document["components"]["schemas"][name]["properties"])
    assert names_in_tables(section) == taken


def test_openapi_describes_every_route_with_a_tag_and_words() -> None:
    assert [path for path, _ in operations()] == list(ANSWERS)
    for path, operation in operations():
        assert operation["tags"], path
        assert operation["summary"], path
        assert operation["description"], path


def test_the_examples_of_answers_in_openapi_are_answers() -> None:
    for path, operation in operations():
        example = operation["responses"]["200"]["content"]["application/json"].get("example")
        if example is not None:
            ANSWERS[path].model_validate(example)


def test_the_example_of_an_explanation_in_openapi_is_one() -> None:
    (example,) = whole_app().openapi()["components"]["schemas"]["ExplanationOfItem"]["examples"]
    assert ExplanationOfItem.model_validate(example).model_dump(exclude_unset=True) == example


def test_the_examples_of_bodies_in_openapi_are_understood(client: TestClient) -> None:
    bodies: dict[str, TypeAdapter[Any]] = {
        "/recommend": TypeAdapter(RecommendationBody),
        "/bought-together": TypeAdapter(BasketBody),
        "/events": TypeAdapter(Events),
    }
    with_body = {
        path: operation["requestBody"] for path, operation in operations() if "requestBody" in operation
    }
    assert with_body.keys() == bodies.keys()
    for path, body in with_body.items():
        examples = body["content"]["application/json"]["examples"]
        assert examples
        for example in examples.values():
            bodies[path].validate_python(example["value"])
            here = example["value"]
            if isinstance(here, dict):  # this shop has no such category
                here = {name: each for name, each in here.items() if name != "category"}
            assert client.post(path, json=here).status_code == 200


def test_problems_are_documented_as_such_with_an_example_of_their_status() -> None:
    documented = {
        (path, status): response["content"]
        for path, operation in operations()
        for status, response in operation["responses"].items()
        if status != "200"
    }
    assert {status for _, status in documented} == {"404", "413", "422", "503"}
    for (path, status), content in documented.items():
        assert list(content) == ["application/problem+json"], (path, status)
        example = content["application/problem+json"]["example"]
        assert str(example["status"]) == status
        assert set(example) <= set(content["application/problem+json"]["schema"]["properties"])


def test_the_pages_for_people_and_machines_are_there(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["info"]["title"] == "recommender"
    assert "swagger" in client.get("/docs").text


def test_a_serving_process_does_not_import_what_only_training_needs() -> None:
    program = (
        "import pkgutil, sys, recommender.entrypoints.http as http\n"
        "for each in pkgutil.iter_modules(http.__path__, http.__name__ + '.'):\n"
        "    __import__(each.name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - this interpreter
    loaded = set(done.stdout.split())
    assert {"fastapi", "numpy", "recommender"} <= loaded
    assert not loaded & {"pandas", "sklearn", "scipy", "pyarrow", "joblib", "rich"}


def test_the_application_gives_each_answer_a_random_id(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECOMMENDER_STORAGE_URL", tmp_path.as_uri())
    models = BlobModelStore(LocalBlobStore(tmp_path))
    models.promote(models.publish(shop_model(), SHOP_CARD, {}, NOW), None)
    with TestClient(application()) as client:
        ids = {client.get("/recommend/ada").json()["recommendation_id"] for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(rf"{models.current()}\.[0-9a-f]{{32}}", each) for each in ids)
