"""Forget: what visitors did up to now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recommender.application.ports import Clock, Forgotten
from recommender.domain.errors import InvalidRequest
from recommender.domain.ids import why_not_an_id


@dataclass(frozen=True)
class Forget:
    """Marks visitors as forgotten, which every reader of the log heeds from then on."""

    forgotten: Forgotten
    clock: Clock

    def __call__(self, user_ids: Iterable[str]) -> int:
        """Mark them; how many different ids that were, whether or not anything is known of them.

        Raises InvalidRequest naming everything that is no id, and marks nobody then.
        """
        wanted = set(user_ids)
        wrong = {each: why for each in sorted(wanted) if (why := why_not_an_id(each))}
        if wrong:
            raise InvalidRequest("user_id", "; ".join(f"{each!r}: {why}" for each, why in wrong.items()))
        self.forgotten.add(wanted, self.clock.now())
        return len(wanted)
