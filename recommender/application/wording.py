"""An explanation in plain words: what the shopper did with the item, and how it was found."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.domain.events import DAY, HOUR, MINUTE, EventType
from recommender.domain.explanation import Explanation, Found, popular_in
from recommender.domain.history import History
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.retrieval import Query

MOST_SOURCES = 2
"""So many of the sources are put into words, those that rank the item highest; none repeats another."""

_DID = {
    EventType.VIEW: "looked at it",
    EventType.ADDTOCART: "put it in the cart",
    EventType.TRANSACTION: "bought it",
}

FOUND = {
    "session_neighbours": "people look at it in the same sessions as {because}",
    "co_visitation": "people look at it within a few steps of {because}",
    "bought_together": "people had it in hand within the hour of {because}",
    "bought_together in a basket": "people put it in the cart or bought it within the hour of {because}",
    "similar_items": "the same others are looked at around it as around {because}",
    "popular_in_category": "it is popular in {category}",
    "trending": "it is looked at more in these days than before",
    "popular": "it is popular in the whole shop",
}
"""By the name of a source. Own items are not among them: what the shopper did is said in any case."""


def in_words(index: Index, query: Query, item: int, explanation: Explanation) -> str:
    """One sentence about an item, made of facts of the shopper's history and of the sources."""
    own = query.history.only(query.history.item == item)
    said = [f"you {_did(own, query.moment)}"] if len(own) else []
    said += list(dict.fromkeys(_found(index, query, item, explanation)))[:MOST_SOURCES]
    if not said:
        said = [f"it was found by {', '.join(each.source for each in explanation.found)}"]
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _found(index: Index, query: Query, item: int, explanation: Explanation) -> Iterator[str]:
    """How each source found the item; none that leads back to the item itself, or to one named before."""
    category = popular_in(index, query, item)
    place = "the whole shop" if category == ABSENT else f"category {index.tree.ids.id(category)}"
    named = {ABSENT} if item in query.history.item else set()
    for each in explanation.found:
        words = FOUND.get(_kind(each, explanation), "")
        if "{because}" in words and each.because_of in named:
            continue
        if words:
            named.add(each.because_of)
            because = "what you looked at" if each.because_of == ABSENT else index.items.id(each.because_of)
            yield words.format(because=because, category=place)


def _kind(found: Found, explanation: Explanation) -> str:
    in_basket = found.source == "bought_together" and explanation.of("bought_together_basket") > 0
    return "bought_together in a basket" if in_basket else found.source


def _did(own: History, moment: int) -> str:
    """As in "looked at it twice and put it in the cart, last 5 minutes ago"."""
    kinds = own.type.tolist()
    done = [f"{words}{_times(kinds.count(kind))}" for kind, words in _DID.items() if kind in kinds]
    return f"{' and '.join(done)}{', last' if len(own) > 1 else ''} {_ago(moment - int(own.timestamp[-1]))}"


def _times(number: int) -> str:
    return {1: "", 2: " twice"}.get(number, f" {number} times")


def _ago(age: int) -> str:
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if age >= unit:
            return f"{age // unit} {name}{'s' if age >= 2 * unit else ''} ago"
    return "just now"
