"""Trying again what botocore does not: a body that breaks off, a write that collides with another."""

from random import uniform
from time import sleep

TRIES = 5
PAUSE = 0.1
"""Seconds; the pause before the first repetition is at most so long, and the bound doubles each time."""


class Patience:
    """How often something was tried."""

    def __init__(self) -> None:
        self._tried = 0

    def is_left(self) -> bool:
        """After a failure: wait and say True, or say at once that it was the last."""
        self._tried += 1
        if self._tried == TRIES:
            return False
        sleep(uniform(0, PAUSE * 2 ** (self._tried - 1)))  # noqa: S311 - spreads load, and guards nothing
        return True
