from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import INDEXES, LAW, MIDDLE, T0, history_of, index_of
from unit.domain.test_domain_soundness import MODEL
from worlds import CART, NOW, VIEW, ago, ranker_of, shop_index

from recommender.domain.events import MINUTE, EventType
from recommender.domain.explanation import COMPARED, LATEST_ITEMS, Explanation, Found, explained, popular_in
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.model import Ranking, recommend, recommend_and_keep
from recommender.domain.ranking import Ranker
from recommender.domain.retrieval import Query
from recommender.domain.rules import Rules

SHOP = shop_index()
BOOSTED = MODEL.rankers[0]


def why(
    index: Index, ranker: Ranker, query: Query, n: int, rules: Rules | None = None
) -> tuple[Ranking, list[Explanation]]:
    ranking, scored = recommend_and_keep(index, ranker, query, rules or Rules(), n)
    return ranking, explained(index, ranker, query, ranking, scored)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Index, Query, Rules, int]:
    index = draw(INDEXES)
    items = st.sampled_from(index.items.ids(range(len(index.items))))
    times = st.integers(T0, MIDDLE)
    events = draw(st.lists(st.tuples(times, st.sampled_from(EventType), items), max_size=12))
    within = draw(st.integers(ABSENT, len(index.tree) - 1))
    query = index.query(history_of(index, *sorted(events)), MIDDLE, within)
    rules = Rules(exclude_bought=draw(st.booleans()), most_per_category=draw(st.integers(0, 2)))
    return index, query, rules, draw(st.integers(1, 12))


@pytest.mark.parametrize("kind", ["boosted", "logistic"])
@given(question=questions())
@LAW
def test_the_average_and_the_contributions_add_up_to_the_log_odds_of_the_score(
    kind: str, question: tuple[Index, Query, Rules, int]
) -> None:
    index, query, rules, n = question
    ranker = BOOSTED if kind == "boosted" else ranker_of(index, own_views=0.5, log_popularity_long=1.0)
    ranking, found = why(index, ranker, query, n, rules)
    assert len(found) == len(ranking)
    for score, each in zip(ranking.score.tolist(), found, strict=True):
        assert each.average + each.contribution.sum() == pytest.approx(log(score / (1 - score)))


@given(questions())
@LAW
def test_the_ranks_are_places_in_the_lists_of_the_sources_best_first(
    question: tuple[Index, Query, Rules, int],
) -> None:
    index, query, rules, n = question
    ranking, found = why(index, BOOSTED, query, n, rules)
    lists = {source.NAME: source.ask(query).shortlist(10_000).item.tolist() for source in index.sources}
    for item, each in zip(ranking.item.tolist(), found, strict=True):
        assert each.found
        assert [source.rank for source in each.found] == sorted(source.rank for source in each.found)
        for source in each.found:
            assert lists[source.source][source.rank - 1] == item
        first = {source.NAME for source in index.sources if item in lists[source.NAME][: source.FIRST]}
        assert first <= {source.source for source in each.found}


@given(questions())
@LAW
def test_what_an_item_is_there_because_of_is_another_of_the_shoppers_latest_that_alone_leads_to_it(
    question: tuple[Index, Query, Rules, int],
) -> None:
    index, query, rules, n = question
    ranking, found = why(index, BOOSTED, query, n, rules)
    sources = {source.NAME: source for source in index.sources}
    for item, each in zip(ranking.item.tolist(), found, strict=True):
        for source in each.found:
            if source.because_of != ABSENT:
                assert source.because_of in query.distinct[:LATEST_ITEMS].tolist()
                assert source.because_of != item
                alone = index.query(
                    history_of(index, (MIDDLE, VIEW, index.items.id(source.because_of))), MIDDLE
                )
                said = sources[source.source].ask(alone).columns(np.array([item], np.int32))
                assert said[0, 0] > 0


@given(questions())
@LAW
def test_keeping_what_was_scored_changes_no_answer(question: tuple[Index, Query, Rules, int]) -> None:
    index, query, rules, n = question
    plain = recommend(index, BOOSTED, query, rules, n)
    kept, scored = recommend_and_keep(index, BOOSTED, query, rules, n)
    assert plain.item.tolist() == kept.item.tolist()
    item = np.concatenate([each.candidates.item for each in scored])
    assert len(item) == len(set(item.tolist()))
    assert set(kept.item.tolist()) <= set(item.tolist())


def test_an_empty_list_has_nothing_to_explain() -> None:
    everything = Rules(exclude=np.arange(len(SHOP.items), dtype=np.int32))
    assert why(SHOP, BOOSTED, SHOP.query(history_of(SHOP), NOW), 5, everything)[1] == []


def test_a_guest_is_told_of_no_items_of_their_own() -> None:
    _, found = why(SHOP, BOOSTED, SHOP.query(history_of(SHOP), NOW), 5)
    assert {source.because_of for each in found for source in each.found} == {ABSENT}
    assert {source.source for each in found for source in each.found} == {
        "popular_in_category",
        "popular",
        "trending",
    }


def test_an_item_of_the_shopper_is_because_of_the_others() -> None:
    query = SHOP.query(history_of(SHOP, (ago(minutes=3), VIEW, "hose"), (ago(minutes=2), CART, "rake")), NOW)
    ranking, found = why(SHOP, BOOSTED, query, 12)
    of_item = dict(zip(SHOP.items.ids(ranking.item), found, strict=True))
    because = {source.because_of for source in of_item["rake"].found} - {ABSENT}
    assert SHOP.items.ids(list(because)) == ["hose"]
    assert of_item["rake"].found[0] == Found("own_items", 1, ABSENT)


def test_a_list_among_very_many_candidates_is_compared_with_some_of_them() -> None:
    names = [f"item {each:04}" for each in range(3 * COMPARED)]
    index = index_of([(T0 + at * MINUTE, f"u{at}", VIEW, name) for at, name in enumerate(names)], [])
    ranker = ranker_of(index, log_popularity_long=1.0)
    # All but the last are out of the question, so that the whole shop is gone through.
    rules = Rules(exclude=index.items.rows(names[:-300]))
    ranking, found = why(index, ranker, index.query(history_of(index), index.end), 100, rules)
    assert len(found) == 100
    for score, each in zip(ranking.score.tolist(), found, strict=True):
        assert each.average + each.contribution.sum() == pytest.approx(log(score / (1 - score)))


def test_the_features_that_mattered_most_come_first_and_those_that_did_nothing_not_at_all() -> None:
    each = Explanation((), tuple("abcd"), np.zeros(4), np.array([0.5, 0.0, -2.0, 0.5]), 0.0)
    assert each.most(10) == [2, 0, 3]
    assert each.most(2) == [2, 0]
    assert each.most(0) == []


def test_a_feature_that_is_not_there_has_the_value_0() -> None:
    each = Explanation((), ("a",), np.array([3.0]), np.zeros(1), 0.0)
    assert (each.of("a"), each.of("b")) == (3, 0)


@pytest.mark.parametrize(
    ("looked_at", "within", "item", "category"),
    [
        ("laptop-b", None, "laptop-a", "laptops"),
        ("laptop-b", None, "phone-a", "electronics"),
        ("laptop-b", None, "rake", None),
        ("laptop-b", "electronics", "laptop-a", "electronics"),
        ("gift-card", None, "rake", None),
        ("laptop-b", None, "gift-card", None),
    ],
)
def test_an_item_is_popular_in_the_nearest_category_that_was_asked_about(
    looked_at: str, within: str | None, item: str, category: str | None
) -> None:
    wanted = ABSENT if within is None else SHOP.tree.ids.row(within)
    query = SHOP.query(history_of(SHOP, (1, VIEW, looked_at)), NOW, wanted)
    found = popular_in(SHOP, query, SHOP.items.row(item))
    assert (None if found == ABSENT else SHOP.tree.ids.id(found)) == category
