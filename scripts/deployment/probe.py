"""A look at the service from outside, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from deployment.errors import DeploymentFailed, DeploymentRefused

TRIES = 6
PAUSE = 10.0
"""Seconds between two tries: a load balancer needs some to notice what has changed behind it."""

LONGEST_ANSWER = 10.0
"""Seconds."""

ANYBODY = "a-shopper-nobody-knows"
"""Who is not known is no error: the answer is what can be said without a history."""


class HttpProbe:
    """Asks the service at a URL; the URL's scheme is http or https, and `sleep` takes seconds."""

    def __init__(self, url: str, sleep: Callable[[float], None]) -> None:
        self._url = url.rstrip("/")
        self._sleep = sleep

    def require_somebody(self) -> None:
        """Raise DeploymentRefused if nothing at all answers at the URL; any status will do."""
        try:
            self._get("/readyz")
        except (OSError, HTTPException) as silence:
            raise DeploymentRefused(
                f"Nobody answers at {self._url} ({silence}): is that where the service is, "
                "and may this machine reach it?"
            ) from silence

    def check(self) -> None:
        """Raise DeploymentFailed unless the service is ready and recommends; it is asked for a minute."""
        wrong, tries = self._wrong(), 1
        while wrong and tries < TRIES:
            self._sleep(PAUSE)
            wrong, tries = self._wrong(), tries + 1
        if wrong:
            raise DeploymentFailed(f"The service does not answer as it should: {wrong}")

    def _wrong(self) -> str | None:
        """What is wrong with its answers, if anything."""
        for path, right in (("/readyz", _anything), (f"/recommend/{ANYBODY}?n=1", _one_recommendation)):
            try:
                status, body = self._get(path)
            except (OSError, HTTPException) as silence:
                return f"{self._url}{path}: {silence}."
            if status != HTTPStatus.OK or not right(body):
                return f"{self._url}{path} says {status}: {body[:200].decode(errors='replace')!r}."
        return None

    def _get(self, path: str) -> tuple[int, bytes]:
        try:
            with urlopen(f"{self._url}{path}", timeout=LONGEST_ANSWER) as answer:  # noqa: S310 - see the class
                return answer.status, answer.read()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()


def _anything(_body: bytes) -> bool:
    return True


def _one_recommendation(body: bytes) -> bool:
    try:
        answer: Any = json.loads(body)
        return len(answer["recommendations"]) == 1 and bool(answer["recommendations"][0]["item_id"])
    except (ValueError, KeyError, TypeError):
        return False
