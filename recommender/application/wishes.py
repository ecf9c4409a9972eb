"""What may be wished of any list, and what is refused."""

from __future__ import annotations

from recommender.domain.errors import InvalidRequest
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index

DEFAULT_N = 5
LARGEST_N = 100


def require_length(field: str, number: int | None) -> None:
    """Raise InvalidRequest for a number outside 1..100; None wishes nothing."""
    if number is not None and not 1 <= number <= LARGEST_N:
        raise InvalidRequest(field, f"expected 1 to {LARGEST_N}, not {number}")


def category_row(index: Index, category: str | None) -> int:
    """The row of a category, ABSENT for None; raises InvalidRequest for one that the catalogue lacks."""
    if category is None:
        return ABSENT
    row = index.tree.ids.row(category)
    if row == ABSENT:
        raise InvalidRequest("category", f"the catalogue has no category {category!r}")
    return row
