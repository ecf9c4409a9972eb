"""Splitting the log by time: the past to learn from, and the newest part to be judged on."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from recommender.domain.errors import NotEnoughData
from recommender.domain.events import DAY, HOUR
from recommender.domain.targets import Target

LONGEST_STRETCH = {"interaction": 7 * DAY, "purchase": 28 * DAY}
"""How much is replayed at most; purchases are rare, so that it takes longer to see enough of them."""

SHORTEST_STRETCH = 6 * HOUR


@dataclass(frozen=True)
class Stretch:
    """A stretch to replay: the index knows what is before `start`, cases are in [start, stop).

    From `stop` to `end` there are no cases, only their labels: every case is watched for the whole horizon.
    """

    start: int
    stop: int
    end: int


def require_length(start: int, end: int, target: Target) -> None:
    """Raise NotEnoughData for a log of [start, end) that is too short to be learnt from and then judged."""
    to_learn = _shortest(target)
    _require(start, end, target, ceil(to_learn * 4 / 3) + target.horizon)


def newest_stretch(start: int, end: int, target: Target) -> Stretch:
    """The newest stretch of a log of [start, end) in which the horizon of every case has passed.

    At most a quarter of the log; raises NotEnoughData if that is too short to learn or judge anything.
    """
    _require(start, end, target, _shortest(target))
    length = min(LONGEST_STRETCH[target.goal], (end - start - target.horizon) // 4)
    stop = end - target.horizon
    return Stretch(stop - length, stop, end)


def _shortest(target: Target) -> int:
    return 4 * SHORTEST_STRETCH + target.horizon


def _require(start: int, end: int, target: Target, needed: int) -> None:
    if end - start < needed:
        raise NotEnoughData(
            f"The log covers {floor(100 * (end - start) / DAY) / 100:.2f} days; "
            f"the goal {target.goal!r} needs at least {ceil(100 * needed / DAY) / 100:.2f} days."
        )
