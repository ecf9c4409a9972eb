from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient
from services import shop_app

from recommender.entrypoints.http.app import Edge
from recommender.entrypoints.http.body_limit import LARGEST_BODY

SHOP = "https://shop.example"


def broken() -> str:
    raise ZeroDivisionError


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(shop_app()) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/recommend/ada", "/users/ada", "/health", "/metrics", "/docs", "/nothing", "/recommend/ada?n=0"]
)
def test_every_answer_tells_browsers_to_be_careful(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("path", ["/recommend/ada", "/users/ada", "/recommend/ada?n=0", "/readyz"])
def test_what_is_about_a_person_or_a_moment_is_kept_nowhere(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"


def test_refusals_and_faults_carry_the_headers_too() -> None:
    with TestClient(shop_app(Edge(origins=(SHOP,)), broken)) as client:
        for response in (
            client.get("/recommend/ada", headers={"Origin": SHOP}),
            client.post("/recommend", content=b" " * (LARGEST_BODY + 1), headers={"Origin": SHOP}),
        ):
            assert response.status_code in {413, 500}
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["x-request-id"]
            assert response.headers["access-control-allow-origin"] == SHOP


def test_the_page_may_run_its_own_script_and_that_of_its_library_only(client: TestClient) -> None:
    response = client.get("/docs")
    policy = response.headers["content-security-policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    assert base64.b64encode(sha256(script.encode()).digest()).decode() in policy
    assert "unsafe-inline" not in re.findall(r"script-src [^;]*", policy)[0]
    assert "openapi.json" in script
    outside = set(re.findall(r'(?:src|href)="(https://[^/"]+)', response.text))
    assert outside == {"https://cdn.jsdelivr.net"}
    assert "max-age" in response.headers["cache-control"]


def allowed(edge: Edge, ask: Callable[[TestClient], object]) -> object:
    with TestClient(shop_app(edge)) as client:
        return ask(client)


def test_no_page_may_call_unless_it_is_said_which(client: TestClient) -> None:
    headers = client.get("/recommend/ada", headers={"Origin": SHOP}).headers
    assert not [name for name in headers if name.startswith("access-control")]
    preflight = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}
    assert client.options("/recommend/ada", headers=preflight).status_code == 405


def test_pages_that_are_named_may_call_and_read_the_name_of_the_request() -> None:
    with TestClient(shop_app(Edge(origins=(SHOP,)))) as client:
        ours = client.get("/recommend/ada", headers={"Origin": SHOP}).headers
        others = client.get("/recommend/ada", headers={"Origin": "https://evil.example"}).headers
        preflight = client.options(
            "/recommend",
            headers={
                "Origin": SHOP,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type,x-request-id",
            },
        )
    assert ours["access-control-allow-origin"] == SHOP
    assert "X-Request-ID" in ours["access-control-expose-headers"]
    assert "Origin" in ours["vary"]
    assert "access-control-allow-origin" not in others
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in preflight.headers


def test_all_pages_may_call_where_that_is_said() -> None:
    with TestClient(shop_app(Edge(origins=("*",)))) as client:
        headers = client.get("/recommend/ada", headers={"Origin": SHOP}).headers
    assert headers["access-control-allow-origin"] == "*"
