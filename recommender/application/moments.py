"""Moments (ms since 1970) as text, in UTC; beyond the year 9999 there is none: OverflowError."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_STAMP = "%Y%m%dT%H%M%SZ"


def rfc_3339(moment: int) -> str:
    """For programs, to the millisecond: 2015-05-03T12:00:00.000Z."""
    return _utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def minute(moment: int) -> str:
    """For people: 2015-05-03 12:00, the minute that the moment is in."""
    return f"{_utc(moment):%Y-%m-%d %H:%M}"


def day(moment: int) -> date:
    """The day that the moment is in."""
    return _utc(moment).date()


def stamp(moment: int) -> str:
    """For names that sort by time: 20150503T120000Z, the second that the moment is in."""
    return _utc(moment).strftime(_STAMP)


def of_stamp(text: str) -> int:
    """The beginning of the second that a stamp names; raises ValueError for what is no stamp."""
    return (datetime.strptime(text, _STAMP).replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND


def _utc(moment: int) -> datetime:
    # Whole numbers throughout: as seconds in a float, the milliseconds of far years would be off by one.
    return _EPOCH + moment * _MILLISECOND
