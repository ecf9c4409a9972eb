"""The JSON of requests and answers: one set of schemas for HTTP and for batch files.

What is sent is checked strictly and unknown fields are refused, so that a typo is found by whoever made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from recommender.application.item_lists import ItemList
from recommender.application.recommend import Answer, GivenEvent, Recommendation, Request
from recommender.application.wishes import DEFAULT_N, LARGEST_N
from recommender.domain.errors import InvalidRequest
from recommender.domain.events import EARLIEST, SECOND, WIRE_NAMES
from recommender.domain.ids import MAX_ID_LENGTH, why_not_an_id
from recommender.domain.retrieval import Reason
from recommender.entrypoints.explanations import ExplanationOfItem, explained

MOST_EVENTS = 500
MOST_EXCLUDED = 1000
LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999, the end of RFC 3339."""

_A_MOMENT = "expected integer milliseconds since 1970, or RFC 3339 with an offset: 2015-05-03T12:00:00+02:00"
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE_NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)


def _id(given: object) -> str:
    """An opaque id; an integer stands for its decimal digits."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError("expected a string or an integer")  # noqa: TRY004 - pydantic passes on no TypeError
    text = str(given)
    if why := why_not_an_id(text):
        raise ValueError(f"expected an id; {why}")
    return text


def _event_type(given: object) -> str:
    """A name of WIRE_NAMES; the numbers that stand for types inside are not for the wire."""
    if not isinstance(given, str) or given not in WIRE_NAMES:
        raise ValueError(f"expected one of {', '.join(WIRE_NAMES)}")
    return given


def _milliseconds(given: object) -> int:
    """A moment in ms, from an integer or from RFC 3339 with an offset."""
    moment = _parsed(given) if isinstance(given, str) else given
    if isinstance(moment, bool) or not isinstance(moment, int):
        raise ValueError(_A_MOMENT)  # noqa: TRY004 - pydantic passes on no TypeError
    if moment < EARLIEST:
        raise ValueError("expected milliseconds since 1970, and this is before March 1973: seconds?")
    if moment > LATEST:
        raise ValueError("expected milliseconds since 1970, and this is after 9999: microseconds?")
    return moment


def _parsed(text: str) -> int:
    try:
        if _RFC_3339.fullmatch(text.upper()):
            return round(datetime.fromisoformat(text.upper()).timestamp() * SECOND)
    except ValueError as error:
        raise ValueError(f"expected RFC 3339; {error}") from error
    raise ValueError(_A_MOMENT)


def _number_in_text(given: object) -> object:
    """In a query string numbers are text; whatever is none is left for the field to refuse."""
    return int(given) if isinstance(given, str) and _WHOLE_NUMBER.fullmatch(given) else given


def _json_in_text(given: object) -> object:
    """In a query string an event is the text of a JSON object."""
    try:
        return json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError) as error:
        raise ValueError("expected the text of a JSON object") from error


_ID_TEXT = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
_ID_SCHEMA = _ID_TEXT | int
_MOMENT_SCHEMA = (
    Annotated[int, Field(ge=EARLIEST, le=LATEST)]
    | Annotated[str, Field(json_schema_extra={"format": "date-time"})]
)
_TYPE_SCHEMA = Annotated[str, Field(json_schema_extra={"enum": list(WIRE_NAMES)})]

Id = Annotated[str, BeforeValidator(_id, json_schema_input_type=_ID_SCHEMA)]
Timestamp = Annotated[int, BeforeValidator(_milliseconds, json_schema_input_type=_MOMENT_SCHEMA)]
EventTypeName = Annotated[str, BeforeValidator(_event_type, json_schema_input_type=_TYPE_SCHEMA)]
NumberInText = BeforeValidator(_number_in_text, json_schema_input_type=_MOMENT_SCHEMA)
JsonInText = BeforeValidator(_json_in_text, json_schema_input_type=str)

_AT = "The moment asked about; else the newest event's time, else now."


class EventBody(BaseModel):
    """Something the shopper did just now; without a timestamp it happened at the moment of the request."""

    model_config = ConfigDict(extra="forbid")

    item_id: Id
    type: EventTypeName
    timestamp: Timestamp | None = None

    def given(self) -> GivenEvent:
        """The event for the use case."""
        return GivenEvent(self.item_id, WIRE_NAMES[self.type], self.timestamp)


class Wishes(BaseModel):
    """What may be asked of a list, whoever it is for."""

    model_config = ConfigDict(extra="forbid")

    session_id: Id | None = Field(
        None, description="A guest's session; what was done in it counts as the shopper's own."
    )
    consent: bool = Field(
        default=True, description="false: answer from the given events alone, as if nobody knew the shopper."
    )
    events: list[EventBody] = Field(
        [], max_length=MOST_EVENTS, description="What the shopper did since the model was trained."
    )
    n: int = Field(DEFAULT_N, ge=1, le=LARGEST_N, description="Length of the list.")
    at: Timestamp | None = Field(None, description=_AT)
    goal: str | None = Field(None, min_length=1, max_length=64, description="What to rank by.")
    category: Id | None = Field(None, description="Only items of this category and those below it.")
    exclude: list[Id] = Field([], max_length=MOST_EXCLUDED, description="Items that must not be shown.")
    exclude_seen: bool = Field(default=False, description="Leave out what the shopper has looked at.")
    exclude_bought: bool = Field(default=True, description="Leave out what the shopper has just bought.")
    max_per_category: int | None = Field(
        None, ge=1, le=LARGEST_N, description="So many items of one category at most; else any number."
    )
    explain: bool = Field(default=False, description="Say of each item why it is there.")

    def request_of(self, user_id: str | None) -> Request:
        """The request for the use case."""
        return Request(
            user_id=user_id,
            session_id=self.session_id,
            consent=self.consent,
            events=tuple(event.given() for event in self.events),
            n=self.n,
            at=self.at,
            goal=self.goal,
            category=self.category,
            exclude=tuple(self.exclude),
            exclude_seen=self.exclude_seen,
            exclude_bought=self.exclude_bought,
            max_per_category=self.max_per_category,
            explain=self.explain,
        )


class RecommendationQuery(Wishes):
    """The same as query parameters, where every value is text and lists are repeated parameters."""

    events: list[Annotated[EventBody, JsonInText]] = Field(
        [], max_length=MOST_EVENTS, description="Repeatable; each the text of a JSON object."
    )
    at: Annotated[Timestamp, NumberInText] | None = Field(None, description=_AT)


class RecommendationBody(Wishes):
    """The body of POST /recommend, in which "5" is no number and 1 is no truth value."""

    model_config = ConfigDict(strict=True)

    user_id: Id | None = Field(None, description="The shopper; leave it out for a guest.")

    def request(self) -> Request:
        """The request for the use case."""
        return self.request_of(self.user_id)


def parse_request(body: Mapping[str, object]) -> Request:
    """The request in a parsed body; raises InvalidRequest for the first mistake in it."""
    try:
        return RecommendationBody.model_validate(body).request()
    except ValidationError as error:
        first = mistakes(error.errors())[0]
        raise InvalidRequest(first.field, first.expected) from None


class RecommendedItem(BaseModel):
    """One item of a list."""

    item_id: str
    score: float = Field(ge=0, le=1, description="The probability of the goal.")
    reason: str = Field(json_schema_extra={"enum": [reason.wire for reason in Reason]})
    explanation: ExplanationOfItem | None = Field(None, description="Only there if it was asked for.")


class RecommendationAnswer(BaseModel):
    """The answer to a request, best item first."""

    user_id: str | None = Field(description="As asked; null for a guest.")
    user_known: bool = Field(description="Whether the model has seen this shopper.")
    recommendations: list[RecommendedItem]
    model_version: str
    recommendation_id: str = Field(description="A new one for every answer.")
    ignored_items: list[str] = Field(
        [], description="Items of the given events that the shop does not have; not there if there are none."
    )


def recommended(answer: Answer | ItemList) -> list[dict[str, object]]:
    """The list of an answer, as its JSON has it."""
    return [_recommended(each) for each in answer.recommendations]


def _recommended(each: Recommendation) -> dict[str, object]:
    item: dict[str, object] = {"item_id": each.item_id, "score": each.score, "reason": each.reason}
    if each.explanation is not None:
        item["explanation"] = explained(each.explanation)
    return item


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one field. given: what it held, shortened; None where that would say nothing."""

    field: str
    expected: str
    given: str | None = None


_EXPECTED = {
    "missing": "required",
    "extra_forbidden": "there is no such field",
    "model_attributes_type": "expected a JSON object",
    "model_type": "expected a JSON object",
}
_LONGEST = 100


def mistakes(errors: Iterable[Mapping[str, Any]]) -> list[Mistake]:
    """What pydantic found, in this project's words; a field within a list is named events[2].item_id."""
    return [Mistake(_field(each["loc"]), _expected(each), _given(each["input"])) for each in errors]


def _field(location: Iterable[str | int]) -> str:
    """The path to a field; "body" for the whole."""
    steps = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in location)
    return _shortened("".join(steps).removeprefix(".")) or "body"


def _expected(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"expected JSON; {error['ctx']['error']}"
    expected: str = _EXPECTED.get(error["type"], error["msg"])
    return expected.removeprefix("Value error, ").replace("Input should be", "expected")


def _given(value: object) -> str | None:
    if not isinstance(value, str | int | float):
        return None
    return _shortened(value if isinstance(value, str) else json.dumps(value))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
