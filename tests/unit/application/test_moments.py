from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.application.moments import day, minute, of_stamp, rfc_3339, stamp
from recommender.domain.events import MINUTE, SECOND

NOON = 1_430_654_400_000
LATEST = 253_402_300_799_999
MOMENTS = st.integers(0, LATEST)


def test_a_moment_is_written_for_programs_people_and_names() -> None:
    assert rfc_3339(NOON) == "2015-05-03T12:00:00.000Z"
    assert minute(NOON) == "2015-05-03 12:00"
    assert day(NOON) == date(2015, 5, 3)
    assert stamp(NOON) == "20150503T120000Z"


def test_the_first_and_the_last_moment_can_be_written() -> None:
    assert [rfc_3339(0), rfc_3339(LATEST)] == ["1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"]


def test_there_is_no_year_10000() -> None:
    with pytest.raises(OverflowError):
        rfc_3339(LATEST + 1)


@given(MOMENTS)
def test_what_is_written_for_programs_is_the_moment_itself(moment: int) -> None:
    read = datetime.fromisoformat(rfc_3339(moment))
    assert (read - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) == moment


@given(MOMENTS)
def test_the_rest_is_cut_off_and_not_rounded(moment: int) -> None:
    text = rfc_3339(moment)
    assert minute(moment) == minute(moment // MINUTE * MINUTE) == text[:16].replace("T", " ")
    assert str(day(moment)) == text[:10]
    assert of_stamp(stamp(moment)) == moment // SECOND * SECOND


@given(MOMENTS, MOMENTS)
def test_stamps_sort_by_time(one: int, other: int) -> None:
    assert (stamp(one) <= stamp(other)) or one > other


@pytest.mark.parametrize("text", ["", "20150503", "20150230T120000Z", "20150503T120000Z-0123"])
def test_what_is_no_stamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not match|unconverted|out of range"):
        of_stamp(text)
