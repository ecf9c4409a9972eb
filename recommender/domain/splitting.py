"""Splitting the log by time: the past to learn from, and the newest part to be judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from recommender.domain.errors import NotEnoughData
from recommender.domain.events import DAY, HOUR
from recommender.domain.targets import Target

LONGEST_STRETCH = {"interaction": 7 * DAY, "cart": 28 * DAY, "purchase": 28 * DAY}
"""How much is replayed at most, the goal's own horizon included; to see enough purchases takes long."""

MOST_STRETCHES = 2
"""So many stretches a ranker learns from, so that it learns no period by heart; each needs an index."""

SHORTEST_STRETCH = 6 * HOUR


@dataclass(frozen=True)
class Stretch:
    """A stretch to replay: the index knows what is before `start`, cases are in [start, stop).

    From `stop` to `end` there are no cases, only their labels: every case is watched for the whole horizon.
    """

    start: int
    stop: int
    end: int


def require_length(start: int, end: int, targets: Sequence[Target]) -> None:
    """Raise NotEnoughData for a log of [start, end) that is too short to be learnt from and then judged."""
    horizon = _horizon(targets)
    _require(start, end, targets, ceil(_shortest(horizon) * 4 / 3) + horizon)


def newest_stretch(start: int, end: int, targets: Sequence[Target]) -> Stretch:
    """The newest stretch of a log of [start, end) in which the horizons of every case have passed.

    Its length is that of the first target, and its cases are at most a quarter of the log. Raises
    NotEnoughData if that is too short to learn or judge anything.
    """
    horizon = _horizon(targets)
    _require(start, end, targets, _shortest(horizon))
    stop = end - horizon
    length = min(LONGEST_STRETCH[targets[0].goal] - targets[0].horizon, (stop - start) // 4)
    return Stretch(stop - length, stop, end)


def newest_stretches(start: int, end: int, targets: Sequence[Target]) -> list[Stretch]:
    """Stretches to learn from, the newest first; a third of the log is before each of them."""
    newest = newest_stretch(start, end, targets)
    stretches, length = [newest], newest.end - newest.start
    while len(stretches) < MOST_STRETCHES:
        stop = stretches[-1].start
        if stop - length - start < (end - start) // 3:
            break
        stretches.append(Stretch(stop - length, stop, stop + newest.end - newest.stop))
    return stretches


def _horizon(targets: Sequence[Target]) -> int:
    return max(target.horizon for target in targets)


def _shortest(horizon: int) -> int:
    return 4 * SHORTEST_STRETCH + horizon


def _require(start: int, end: int, targets: Sequence[Target], needed: int) -> None:
    if end - start < needed:
        raise NotEnoughData(
            f"The log covers {floor(100 * (end - start) / DAY) / 100:.2f} days; "
            f"the goal {targets[0].goal!r} needs at least {ceil(100 * needed / DAY) / 100:.2f} days."
        )
