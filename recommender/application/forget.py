"""Forget: what visitors did up to now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recommender.application.ports import Clock, Forgotten
from recommender.domain.errors import InvalidRequest
from recommender.domain.ids import guest, why_not_an_id


@dataclass(frozen=True)
class Forget:
    """Marks visitors as forgotten, which every reader of the log heeds from then on."""

    forgotten: Forgotten
    clock: Clock

    def __call__(self, user_ids: Iterable[str], session_ids: Iterable[str] = ()) -> int:
        """Mark them, and the guests of the sessions; how many different ones, known or not.

        Raises InvalidRequest naming everything that is no id, and marks nobody then.
        """
        shoppers, sessions = set(user_ids), set(session_ids)
        wrong = {each: why for each in sorted(shoppers | sessions) if (why := why_not_an_id(each))}
        if wrong:
            raise InvalidRequest("ids", "; ".join(f"{each!r}: {why}" for each, why in wrong.items()))
        wanted = shoppers | {guest(each) for each in sessions}
        self.forgotten.add(wanted, self.clock.now())
        return len(wanted)
