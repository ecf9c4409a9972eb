"""What a deployment asks the service over HTTP, on this machine."""

from __future__ import annotations

import pytest
from deployment.errors import DeploymentFailed, DeploymentRefused
from deployment.probe import HttpProbe
from fakes.answering import RIGHT, answering
from fakes.s3 import free_ports

pytestmark = pytest.mark.enable_socket


def test_a_service_that_is_ready_and_recommends_passes_at_once() -> None:
    slept: list[float] = []
    with answering(RIGHT) as url:
        HttpProbe(f"{url}/", slept.append).check()
    assert slept == []


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/readyz", (503, {"detail": "no model"}), "/readyz says 503.*no model"),
        ("/recommend/a-shopper-nobody-knows?n=1", (503, {}), "n=1 says 503"),
        ("/recommend/a-shopper-nobody-knows?n=1", (200, {"recommendations": []}), "n=1 says 200"),
        ("/recommend/a-shopper-nobody-knows?n=1", (200, {"recommendations": [{}]}), "n=1 says 200"),
        ("/recommend/a-shopper-nobody-knows?n=1", (200, [1]), "n=1 says 200"),
    ],
)
def test_whatever_else_it_answers_fails_after_a_minute(
    path: str, answer: tuple[int, object], said: str
) -> None:
    slept: list[float] = []
    with answering({**RIGHT, path: answer}) as url, pytest.raises(DeploymentFailed, match=said):
        HttpProbe(url, slept.append).check()
    assert sum(slept) == 50


def test_what_gets_well_within_the_minute_passes() -> None:
    answers = {**RIGHT, "/readyz": (503, {})}
    with answering(answers) as url:
        HttpProbe(url, lambda _: answers.update(RIGHT)).check()


def test_anybody_who_answers_is_somebody() -> None:
    with answering({}) as url:
        HttpProbe(url, print).require_somebody()


def test_nobody_is_refused_by_name() -> None:
    (port,) = free_ports(1)
    probe = HttpProbe(f"http://127.0.0.1:{port}", lambda _: None)
    with pytest.raises(DeploymentRefused, match=f"Nobody answers at http://127.0.0.1:{port} .*refused"):
        probe.require_somebody()
    with pytest.raises(DeploymentFailed, match="refused"):
        probe.check()
