from __future__ import annotations

from dataclasses import replace
from math import log
from typing import ClassVar

import numpy as np
import pytest
from unit.domain.test_domain_shops import history_of
from unit.domain.test_domain_soundness import MODEL
from worlds import BUY, CART, NOW, VIEW, ago, shop_index, shop_model

from recommender.application.explain import Explanation
from recommender.application.recommend import GivenEvent, Recommend, Request
from recommender.application.wording import FOUND, in_words
from recommender.domain import explanation as domain
from recommender.domain.contributions import Contributions
from recommender.domain.events import EventType
from recommender.domain.explanation import Found
from recommender.domain.features import feature_names
from recommender.domain.ids import ABSENT
from recommender.domain.model import Model
from recommender.domain.popularity import Floats
from recommender.domain.retrieval import SOURCES

SHOP = shop_index()
RECOMMEND = Recommend(shop_model())
SHOPPERS = ("ada", "bob", "cleo", "dan", "eve", "flo", "nobody")


class NeverExplains:
    """A ranker that must not be asked why."""

    NAME: ClassVar[str] = "never explains"
    features = feature_names(SHOP)

    def check(self) -> None:
        """Nobody reads it from a file."""

    def probabilities(self, table: Floats) -> Floats:
        return np.full(len(table), 0.5)

    def contributions(self, _table: Floats, _explained: int) -> Contributions:
        raise AssertionError("nobody wanted to know")


def whys(user_id: str) -> dict[str, Explanation]:
    found = RECOMMEND(Request(user_id=user_id, explain=True), NOW).recommendations
    return {each.item_id: each.explanation for each in found if each.explanation is not None}


@pytest.mark.parametrize("user_id", SHOPPERS)
@pytest.mark.parametrize("model", [shop_model(), MODEL], ids=["logistic", "boosted"])
def test_an_explained_answer_is_the_answer_and_what_is_told_adds_up_to_its_scores(
    user_id: str, model: Model
) -> None:
    recommend = Recommend(model)
    plain = recommend(Request(user_id=user_id, n=12), NOW)
    told = recommend(Request(user_id=user_id, n=12, explain=True), NOW)
    assert [replace(each, explanation=None) for each in told.recommendations] == list(plain.recommendations)
    for each in told.recommendations:
        why = each.explanation
        assert why is not None
        mattered = [abs(feature.contribution) for feature in why.features]
        assert mattered == sorted(mattered, reverse=True)
        assert 0 not in mattered
        assert len(mattered) <= 5
        total = sum(feature.contribution for feature in why.features) + why.other_features + why.average
        assert total == pytest.approx(log(each.score / (1 - each.score)))


def test_nothing_is_explained_unless_it_is_wanted() -> None:
    recommend = Recommend(Model(SHOP, ("purchase",), (NeverExplains(),)))
    found = recommend(Request(user_id="ada"), NOW).recommendations
    assert {each.explanation for each in found} == {None}
    with pytest.raises(AssertionError, match="nobody wanted to know"):
        recommend(Request(user_id="ada", explain=True), NOW)


def test_an_explanation_names_sources_ranks_and_the_shopper_s_items() -> None:
    why = whys("ada")["phone-a"]
    assert [(each.source, each.rank, each.because_of) for each in why.sources][:2] == [
        ("own_items", 1, None),
        ("session_neighbours", 1, "phone-b"),
    ]
    assert [each.feature for each in why.features] == ["log_popularity_recent", "own_carts"]


def test_words_say_what_the_shopper_did_and_how_the_item_was_found() -> None:
    assert whys("ada")["phone-a"].words == (
        "You looked at it twice and put it in the cart, last 5 minutes ago; "
        "people look at it in the same sessions as phone-b; it is popular in category phones."
    )
    assert whys("nobody")["phone-a"].words == (
        "It is popular in the whole shop; it is looked at more in these days than before."
    )


def test_events_of_the_request_are_among_what_the_shopper_did() -> None:
    events = (GivenEvent("seeds", VIEW, ago(days=2)), GivenEvent("seeds", CART, ago(hours=1)))
    found = RECOMMEND(Request(events=events, at=NOW, explain=True, n=12), NOW).recommendations
    (why,) = [each.explanation for each in found if each.item_id == "seeds"]
    assert why is not None
    assert why.words.startswith("You looked at it and put it in the cart, last 1 hour ago; ")


def words(*events: tuple[int, EventType, str], found: tuple[Found, ...] = (), **features: float) -> str:
    """What is said of the rake."""
    query = SHOP.query(history_of(SHOP, *events), NOW)
    values = np.array(list(features.values()), np.float64)
    explanation = domain.Explanation(found, tuple(features), values, np.zeros(len(values)), 0.0)
    return in_words(SHOP, query, SHOP.items.row("rake"), explanation)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([(NOW, VIEW)], "You looked at it just now."),
        ([(ago(minutes=1), VIEW)], "You looked at it 1 minute ago."),
        ([(ago(minutes=119), VIEW)], "You looked at it 1 hour ago."),
        ([(ago(hours=2), CART)], "You put it in the cart 2 hours ago."),
        ([(ago(days=1), BUY)], "You bought it 1 day ago."),
        ([(ago(days=9), VIEW), (ago(days=8), VIEW)], "You looked at it twice, last 8 days ago."),
        (
            [(ago(days=9), VIEW)] * 3 + [(ago(days=8), CART), (ago(days=3), BUY)],
            "You looked at it 3 times and put it in the cart and bought it, last 3 days ago.",
        ),
    ],
)
def test_what_the_shopper_did_is_counted_and_the_last_time_told(
    events: list[tuple[int, EventType]], said: str
) -> None:
    assert words(*((time, kind, "rake") for time, kind in events)) == said


def test_the_best_two_sources_are_told_in_the_order_of_their_ranks() -> None:
    found = (Found("trending", 1, ABSENT), Found("popular", 2, ABSENT), Found("co_visitation", 3, ABSENT))
    assert words(found=found) == (
        "It is looked at more in these days than before; it is popular in the whole shop."
    )


def test_sources_that_lead_back_to_the_same_item_are_told_once() -> None:
    hose = SHOP.items.row("hose")
    found = (
        Found("co_visitation", 1, hose),
        Found("session_neighbours", 1, hose),
        Found("popular", 9, ABSENT),
    )
    assert words(found=found) == (
        "People look at it within a few steps of hose; it is popular in the whole shop."
    )


def test_what_leads_back_to_nothing_but_the_item_itself_is_not_told() -> None:
    found = (Found("own_items", 1, ABSENT), Found("co_visitation", 1, ABSENT), Found("popular", 2, ABSENT))
    assert words((NOW, VIEW, "rake"), found=found) == (
        "You looked at it just now; it is popular in the whole shop."
    )
    assert words((NOW, VIEW, "hose"), found=found) == (
        "People look at it within a few steps of what you looked at; it is popular in the whole shop."
    )


def test_what_is_popular_in_no_category_that_matters_is_popular_in_the_shop_and_that_is_said_once() -> None:
    found = (Found("popular_in_category", 1, ABSENT), Found("popular", 1, ABSENT))
    assert words(found=found) == "It is popular in the whole shop."
    assert (
        words((NOW, VIEW, "hose"), found=found)
        == "It is popular in category garden; it is popular in the whole shop."
    )


def test_what_was_in_carts_is_told_from_what_was_only_looked_at() -> None:
    found = (Found("bought_together", 1, SHOP.items.row("hose")),)
    assert words(found=found) == "People had it in hand within the hour of hose."
    assert words(found=found, bought_together_basket=0.5) == (
        "People put it in the cart or bought it within the hour of hose."
    )


@pytest.mark.parametrize("source", sorted({each.NAME for each in SOURCES} - {"own_items"}))
def test_every_source_has_its_words_with_and_without_an_item_that_led_to_it(source: str) -> None:
    assert source in FOUND
    for because_of in (ABSENT, SHOP.items.row("hose")):
        said = words(found=(Found(source, 1, because_of),))
        assert said.endswith(".")
        assert "{" not in said
        assert ("hose" in said) == (because_of != ABSENT and "{because}" in FOUND[source])


def test_a_source_without_words_is_named() -> None:
    assert words(found=(Found("oracle", 1, ABSENT),)) == "It was found by oracle."
