"""The JSON of POST /events: a list in which each event stands or falls alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Self, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from recommender.domain.events import MINUTE, WIRE_NAMES
from recommender.domain.live import LiveEvent
from recommender.entrypoints.wire import MOST_EVENTS, EventTypeName, Id, Mistake, Timestamp, mistakes

AHEAD = 5 * MINUTE
"""So far, in ms, the clock of whoever sends an event may be ahead of ours."""

MOST_PROPERTIES = 20
_OF_THE_LOG = ("event_id", "timestamp", "type", "item_id", "user_id", "session_id", "consent")

Whole = Annotated[int, Field(ge=1, le=1_000_000)]
Price = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217, such as EUR.")]
Properties = Annotated[dict[str, JsonValue], Field(max_length=MOST_PROPERTIES)]


class LiveEventBody(BaseModel):
    """Something that a shopper, or a guest in a session, did."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"not": {"type": "null"}}}}
                for name in ("user_id", "session_id")
            ]
        },
    )

    event_id: Id | None = Field(
        None,
        description="Yours, another for every event: what is sent again within 48 hours counts once.",
    )
    type: EventTypeName
    user_id: Id | None = Field(
        None, description="The shopper. At least one of user_id and session_id is needed."
    )
    session_id: Id | None = Field(None, description="The guest's session.")
    item_id: Id
    timestamp: Timestamp | None = Field(None, description="When it happened; now if it is left out.")
    quantity: Whole | None = None
    price: Price | None = None
    currency: Currency | None = None
    transaction_id: Id | None = None
    recommendation_id: Id | None = Field(None, description="Of the answer in which the item was shown.")
    properties: Properties | None = Field(None, description="Whatever else is worth keeping.")
    consent: bool = Field(default=True, description="false: the event is checked, and not kept.")

    @model_validator(mode="after")
    def _is_somebodys(self) -> Self:
        if self.user_id is None and self.session_id is None:
            raise ValueError("expected a user_id or a session_id")
        return self

    def event(self, now: int, new_id: Callable[[], str]) -> LiveEvent:
        """The event for the log."""
        return LiveEvent(
            event_id=new_id() if self.event_id is None else self.event_id,
            timestamp=now if self.timestamp is None else self.timestamp,
            type=WIRE_NAMES[self.type],
            item_id=self.item_id,
            user_id=self.user_id,
            session_id=self.session_id,
            more=self.model_dump(exclude=set(_OF_THE_LOG), exclude_none=True),
        )

    def too_early(self, now: int) -> list[Mistake]:
        """What is wrong with its time, if it has not come yet."""
        if self.timestamp is None or self.timestamp <= now + AHEAD:
            return []
        return [Mistake("timestamp", "expected a time that has come", str(self.timestamp))]


def _alone(given: object, validate: ValidatorFunctionWrapHandler) -> LiveEventBody | list[Mistake]:
    """The event, or what is wrong with it: one that cannot be understood does not refuse the others."""
    try:
        event: LiveEventBody = validate(given)
    except ValidationError as error:
        return mistakes(error.errors())
    return event


def _several(given: object) -> list[object]:
    if not isinstance(given, dict | list):
        raise ValueError(f"expected an event, or a list of 1 to {MOST_EVENTS}")  # noqa: TRY004 - see wire.py
    return given if isinstance(given, list) else [given]


_Several = Annotated[list[LiveEventBody], Field(min_length=1, max_length=MOST_EVENTS)]

Events = Annotated[
    list[Annotated[LiveEventBody, WrapValidator(_alone)]],
    Field(min_length=1, max_length=MOST_EVENTS),
    BeforeValidator(_several, json_schema_input_type=LiveEventBody | _Several),
]
"""One event, or 1 to 500 of them. What is found in the list is understood by `sorted_out` only."""


@dataclass(frozen=True)
class SortedOut:
    """kept: for the log. fresh: the ids among theirs that were made here, and not sent along.

    unkept: how many there was no consent for. refused: index -> what is wrong.
    """

    kept: list[LiveEvent]
    fresh: frozenset[str]
    unkept: int
    refused: dict[int, list[Mistake]]


def sorted_out(given: Events, now: int, new_id: Callable[[], str]) -> SortedOut:
    """What becomes of each event; `now` (ms) is when those without a timestamp happened."""
    sent = cast("Sequence[LiveEventBody | list[Mistake]]", given)
    wrong = {at: each if isinstance(each, list) else each.too_early(now) for at, each in enumerate(sent)}
    refused = {at: found for at, found in wrong.items() if found}
    right = [each for at, each in enumerate(sent) if at not in refused and isinstance(each, LiveEventBody)]
    consented = [each for each in right if each.consent]
    kept = [each.event(now, new_id) for each in consented]
    fresh = frozenset(
        event.event_id for event, each in zip(kept, consented, strict=True) if each.event_id is None
    )
    return SortedOut(kept, fresh, len(right) - len(kept), refused)
