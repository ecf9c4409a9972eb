from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recommender.application.recommend import Answer, GivenEvent, Recommendation, Request
from recommender.domain.errors import InvalidRequest
from recommender.domain.events import EARLIEST, WIRE_NAMES, EventType
from recommender.domain.retrieval import Reason
from recommender.entrypoints.wire import (
    LATEST,
    RecommendationBody,
    RecommendationQuery,
    RecommendedItem,
    mistakes,
    parse_request,
    recommended,
)

ANY_ID = st.text(st.characters(codec="utf-8"), min_size=1, max_size=64).filter(str.isprintable)
WITHIN = st.datetimes(datetime(1974, 1, 1), datetime(9998, 12, 31))  # noqa: DTZ001 - zones are drawn beside
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def test_an_empty_body_is_a_request_with_the_defaults() -> None:
    assert parse_request({}) == Request()


def test_every_field_reaches_the_request() -> None:
    body = {
        "user_id": "ada",
        "session_id": "s-1",
        "events": [{"item_id": "hose", "type": "add_to_cart", "timestamp": 1_431_000_000_000}],
        "n": 7,
        "at": "2015-05-07T12:00:00Z",
        "goal": "purchase",
        "category": 1016,
        "exclude": ["rake", 15],
        "exclude_seen": True,
        "exclude_bought": False,
        "max_per_category": 2,
        "consent": False,
    }
    assert parse_request(body) == Request(
        user_id="ada",
        session_id="s-1",
        consent=False,
        events=(GivenEvent("hose", EventType.ADDTOCART, 1_431_000_000_000),),
        n=7,
        at=1_431_000_000_000,
        goal="purchase",
        category="1016",
        exclude=("rake", "15"),
        exclude_seen=True,
        exclude_bought=False,
        max_per_category=2,
    )


def test_null_is_as_good_as_nothing_where_nothing_is_the_default() -> None:
    absent = dict.fromkeys(["user_id", "session_id", "at", "goal", "category", "max_per_category"])
    assert parse_request(absent) == Request()


def test_an_integer_is_its_digits_and_a_leading_zero_makes_another_id() -> None:
    assert parse_request({"user_id": 15}) == parse_request({"user_id": "15"})
    assert parse_request({"user_id": "015"}).user_id == "015"
    assert parse_request({"user_id": -5}).user_id == "-5"


@given(ANY_ID)
def test_printable_text_of_up_to_64_characters_is_an_id_as_it_stands(text: str) -> None:
    assert parse_request({"user_id": text}).user_id == text


@pytest.mark.parametrize("wrong", ["", "x" * 65, "a\nb", "\x00", True, 1.0, [], {}, int("9" * 65)])
def test_other_things_are_no_ids(wrong: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request({"user_id": wrong})
    assert refused.value.field == "user_id"
    assert refused.value.expected.startswith("expected")


@given(WITHIN, OFFSETS)
def test_a_moment_is_the_same_as_text_and_as_milliseconds(moment: datetime, zone: timezone) -> None:
    text = moment.replace(tzinfo=zone).isoformat(timespec="milliseconds")
    milliseconds = (datetime.fromisoformat(text) - datetime.fromtimestamp(0, UTC)) // timedelta(
        milliseconds=1
    )
    assert parse_request({"at": text}).at == milliseconds
    assert parse_request({"at": text.lower()}).at == milliseconds
    assert parse_request({"at": milliseconds}).at == milliseconds


@pytest.mark.parametrize("moment", [EARLIEST, LATEST])
def test_the_first_and_the_last_moment_are_accepted(moment: int) -> None:
    assert parse_request({"at": moment}).at == moment


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (EARLIEST - 1, "seconds?"),
        (1_431_000_000, "seconds?"),
        (0, "seconds?"),
        (-1, "seconds?"),
        (LATEST + 1, "microseconds?"),
        (10**30, "microseconds?"),
        ("1970-01-01T00:00:00Z", "before March 1973"),
        ("2015-05-07T12:00:00", "with an offset"),
        ("2015-05-07", "RFC 3339"),
        ("20150507T120000Z", "RFC 3339"),
        ("2015-W19-4T12:00:00Z", "RFC 3339"),
        ("2015-02-30T12:00:00Z", "RFC 3339"),
        ("2015-05-07T12:00:00+25:00", "RFC 3339"),
        ("9999-12-31T23:59:59-01:00", "after 9999"),
        ("1431000000000", "RFC 3339"),
        ("yesterday", "RFC 3339"),
        ("", "RFC 3339"),
        (True, "milliseconds"),
        (1.431e12, "milliseconds"),
    ],
)
def test_what_is_no_moment_is_refused_with_a_hint(wrong: object, hint: str) -> None:
    with pytest.raises(InvalidRequest, match="at: expected") as refused:
        parse_request({"at": wrong})
    assert hint in refused.value.expected


@pytest.mark.parametrize(("name", "kind"), WIRE_NAMES.items())
def test_stored_names_and_those_of_ga4_are_event_types(name: str, kind: EventType) -> None:
    assert parse_request({"events": [{"item_id": "a", "type": name}]}).events == (GivenEvent("a", kind),)


@pytest.mark.parametrize("wrong", [0, "VIEW", "click", None, ["view"]])
def test_other_event_types_are_refused_and_the_known_ones_named(wrong: object) -> None:
    with pytest.raises(InvalidRequest, match=r"events\[0\]\.type: expected one of view, addtocart"):
        parse_request({"events": [{"item_id": "a", "type": wrong}]})


@pytest.mark.parametrize("wrong", ["5", 5.0, True, None, 0, 101])
def test_a_body_wants_true_numbers_from_1_to_100(wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="n: expected"):
        parse_request({"n": wrong})


@pytest.mark.parametrize("wrong", ["5", 5.0, 1.5, True, 0, -1, 101])
def test_a_limit_per_category_is_such_a_number_too(wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="max_per_category: expected"):
        parse_request({"max_per_category": wrong})


@pytest.mark.parametrize("wrong", ["true", 1, None])
def test_a_body_wants_true_truth_values(wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="exclude_seen: expected"):
        parse_request({"exclude_seen": wrong})


def test_the_longest_lists_are_accepted_and_longer_ones_refused() -> None:
    event = {"item_id": "a", "type": "view"}
    assert len(parse_request({"events": [event] * 500, "exclude": [1] * 1000}).events) == 500
    for body in ({"events": [event] * 501}, {"exclude": [1] * 1001}):
        with pytest.raises(InvalidRequest, match="at most"):
            parse_request(body)


def test_a_misspelt_field_is_refused_by_its_name_at_any_depth() -> None:
    with pytest.raises(InvalidRequest, match="userid: there is no such field"):
        parse_request({"userid": "ada"})
    with pytest.raises(InvalidRequest, match=r"events\[1\]\.time: there is no such field"):
        parse_request({"events": [{"item_id": 1, "type": "view"}, {"item_id": 1, "type": "view", "time": 1}]})


def test_in_a_query_numbers_truth_values_and_events_are_text() -> None:
    query = RecommendationQuery.model_validate(
        {
            "events": ['{"item_id": 15, "type": "view"}'],
            "n": "7",
            "at": "1431000000000",
            "exclude": ["rake"],
            "exclude_seen": "true",
            "max_per_category": "3",
        }
    )
    assert query.request_of("ada") == Request(
        user_id="ada",
        events=(GivenEvent("15"),),
        n=7,
        at=1_431_000_000_000,
        exclude=("rake",),
        exclude_seen=True,
        max_per_category=3,
    )


def test_a_mistake_tells_what_was_given_unless_that_is_a_structure_or_long() -> None:
    with pytest.raises(ValidationError) as refused:
        RecommendationBody.model_validate({"n": 101, "goal": "g" * 500, "exclude": {}, "events": [{}]})
    given = {each.field: each.given for each in mistakes(refused.value.errors())}
    assert given == {
        "n": "101",
        "goal": "g" * 100 + "…",
        "exclude": None,
        "events[0].item_id": None,
        "events[0].type": None,
    }


def test_the_list_of_an_answer_keeps_its_order_and_is_as_documented() -> None:
    listed = recommended(
        Answer(
            user_known=True,
            recommendations=tuple(
                Recommendation(f"item-{each}", 0.5, reason.wire) for each, reason in enumerate(Reason)
            ),
            ignored_items=(),
        )
    )
    assert [each["item_id"] for each in listed] == [f"item-{each}" for each in range(len(Reason))]
    assert [RecommendedItem.model_validate(each).model_dump(exclude_unset=True) for each in listed] == listed
