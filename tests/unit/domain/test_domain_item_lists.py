from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_charts import slow_chart
from unit.domain.test_domain_shops import INDEXES, LAW, T0, catalogue_of, index_of
from worlds import VIEW, shop_index

from recommender.domain.catalogue import CatalogueSnapshot, Property
from recommender.domain.events import InteractionLog
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.item_lists import (
    MOST_READ,
    RANK_OFFSET,
    WEIGHTS,
    Wish,
    bought_together,
    popular,
    similar,
    trending,
)
from recommender.domain.model import Ranking
from recommender.domain.popularity import Window
from recommender.domain.retrieval import Reason
from recommender.domain.retrieval.bought_together import BoughtTogether
from recommender.domain.retrieval.co_visitation import BACKWARDS, CoVisitation
from recommender.domain.retrieval.item_vectors import ItemVectors
from recommender.domain.retrieval.popular_in_category import PopularInCategory
from recommender.domain.retrieval.trending import TRENDS, Trending, number_of
from recommender.domain.rules import Rules

SHOP = shop_index()
Scored = list[tuple[int, float]]


@st.composite
def questions(draw: st.DrawFn) -> tuple[Index, list[int], Wish]:
    """A shop, one or more of its items, and what is wanted of a list."""
    index = draw(INDEXES)
    rows = st.integers(0, len(index.items) - 1)
    exclude = np.array(draw(st.lists(st.integers(ABSENT, len(index.items) - 1), max_size=3)), np.int32)
    wish = Wish(
        draw(st.integers(1, 9)),
        draw(st.integers(ABSENT, len(index.tree) - 1)),
        Rules(exclude, most_per_category=draw(st.integers(0, 2))),
    )
    return index, draw(st.lists(rows, min_size=1, max_size=3, unique=True)), wish


def slow_rules(index: Index, listed: Scored, asked: list[int], wish: Wish) -> Scored:
    """Go through the whole list, and keep what may be shown."""
    kept: Scored = []
    of_category: Counter[int] = Counter()
    most = wish.rules.most_per_category or len(listed)
    for row, score in listed:
        category = int(index.category[row])
        hidden = row in asked or row in wish.rules.exclude or not index.available[row]
        if hidden or (wish.within != ABSENT and wish.within not in index.tree.path(category)):
            continue
        if category != ABSENT and of_category[category] == most:
            continue
        of_category[category] += 1
        kept.append((row, score))
    return kept[: wish.n]


def slow_similar(index: Index, item: int, wish: Wish) -> Scored:
    """Fuse both lists by ranks, one item at a time, and let the categories' popular items follow."""
    steps, vectors = index.source(CoVisitation), index.source(ItemVectors)
    own = slice(steps.first[item], steps.first[item + 1])
    strength = steps.share[own] @ np.array([1.0, BACKWARDS])
    partners = [row for _, row in sorted(zip((-strength).tolist(), steps.item[own].tolist(), strict=True))]
    place = vectors.place[item]
    nearest = [row for row in vectors.nearest[place].tolist() if row != ABSENT] if place != ABSENT else []
    fused: defaultdict[int, float] = defaultdict(float)
    for weight, ranked in zip(WEIGHTS, (partners, nearest), strict=True):
        for rank, row in enumerate(ranked, start=1):
            fused[row] += weight / (RANK_OFFSET + rank) * (RANK_OFFSET + 1) / WEIGHTS.sum()
    listed = sorted(fused.items(), key=lambda each: (-each[1], each[0]))
    path = index.tree.path(int(index.category[item])) if wish.within == ABSENT else [wish.within]
    for category in path:
        known = dict(listed)
        chart = slow_popular(index, Window.WEEK, category)
        listed += [(row, 0.0) for row, _ in chart if row not in known]
    return slow_rules(index, listed, [item], wish)


def slow_popular(index: Index, window: Window, category: int) -> Scored:
    score = index.source(PopularInCategory).charts.score[:, window]
    snapshot = CatalogueSnapshot(index.items, index.category, index.available, index.tree)
    return [(row, float(score[row])) for row in slow_chart(snapshot, score, category)]


def slow_together(index: Index, basket: list[int], wish: Wish) -> Scored:
    """Add up what each item of the basket says of each partner."""
    source = index.source(BoughtTogether)
    total: defaultdict[int, float] = defaultdict(float)
    for item in basket:
        for place in range(source.first[item], source.first[item + 1]):
            total[int(source.item[place])] += float(source.similarity[place, 0]) / len(basket)
    listed = sorted(total.items(), key=lambda each: (-each[1], each[0]))
    return slow_rules(index, listed, basket, wish)


def scored(ranking: Ranking) -> Scored:
    return list(zip(ranking.item.tolist(), ranking.score.tolist(), strict=True))


def assert_alike(ranking: Ranking, slow: Scored) -> None:
    """The same items with the same scores; where these are equal but for rounding, in any order."""
    assert sorted(ranking.score.tolist(), reverse=True) == ranking.score.tolist()
    assert ranking.score.tolist() == pytest.approx([score for _, score in slow])
    if len({round(score, 9) for _, score in slow}) == len(slow):
        assert ranking.item.tolist() == [row for row, _ in slow]


@given(questions())
@LAW
def test_similar_items_are_those_of_fusing_both_lists_one_item_at_a_time(
    question: tuple[Index, list[int], Wish],
) -> None:
    index, (item, *_), wish = question
    if not wish.rules.most_per_category:  # which of equal ones is left over, rounding may decide
        assert_alike(similar(index, item, wish), slow_similar(index, item, wish))


@given(questions())
@LAW
def test_what_goes_with_a_basket_is_the_mean_over_its_items(question: tuple[Index, list[int], Wish]) -> None:
    index, basket, wish = question
    if not wish.rules.most_per_category:
        found = bought_together(index, np.array(basket, np.int32), wish)
        assert_alike(found, slow_together(index, basket, wish))
        assert ((found.score > 0) & (found.score < 1)).all()


@pytest.mark.parametrize("window", Window)
@given(question=questions())
@LAW
def test_popular_items_are_those_of_sorting_the_category_and_going_through_it(
    window: Window, question: tuple[Index, list[int], Wish]
) -> None:
    index, _, wish = question
    slow = slow_rules(index, slow_popular(index, window, wish.within), [], wish)
    assert scored(popular(index, window, wish)) == slow


@pytest.mark.parametrize("window", TRENDS)
@given(question=questions())
@LAW
def test_trending_items_are_those_that_grew_most(
    window: Window, question: tuple[Index, list[int], Wish]
) -> None:
    index, _, wish = question
    score = index.source(Trending).charts.score[:, number_of(window)]
    snapshot = CatalogueSnapshot(index.items, index.category, index.available, index.tree)
    listed = [(row, float(score[row])) for row in slow_chart(snapshot, score, wish.within, above=0)]
    assert scored(trending(index, window, wish)) == slow_rules(index, listed, [], wish)


LISTS: list[Callable[[Index, list[int], Wish], Ranking]] = [
    lambda index, items, wish: similar(index, items[0], wish),
    lambda index, items, wish: bought_together(index, np.array(items, np.int32), wish),
    lambda index, _, wish: popular(index, Window.DAY, wish),
    lambda index, _, wish: trending(index, Window.WEEK, wish),
]


@pytest.mark.parametrize("listed", LISTS)
@given(question=questions(), fewer=st.integers(1, 8))
@LAW
def test_a_list_holds_distinct_items_that_may_be_shown_and_begins_as_a_shorter_one(
    listed: Callable[[Index, list[int], Wish], Ranking],
    question: tuple[Index, list[int], Wish],
    fewer: int,
) -> None:
    index, items, wish = question
    found = listed(index, items, wish)
    rows = found.item.tolist()
    assert len(rows) == len(set(rows)) <= wish.n
    assert index.available[found.item].all()
    assert not set(rows) & set(wish.rules.exclude.tolist())
    per_category = Counter(index.category[found.item].tolist())
    del per_category[ABSENT]
    if most := wish.rules.most_per_category:
        assert max(per_category.values(), default=0) <= most
    shorter = listed(index, items, Wish(fewer, wish.within, wish.rules))
    assert shorter.item.tolist() == rows[: min(fewer, wish.n)] or fewer > wish.n


def ids(ranking: Ranking, index: Index = SHOP) -> list[str]:
    return index.items.ids(ranking.item)


def reasons(ranking: Ranking) -> list[Reason]:
    return [Reason(code) for code in ranking.reason.tolist()]


def row(item: str) -> int:
    return SHOP.items.row(item)


def test_the_first_of_both_lists_has_the_score_1_and_what_fills_up_has_0() -> None:
    found = similar(SHOP, row("laptop-b"), Wish(10))
    assert ids(found)[0] == "laptop-a"
    assert found.score[0] == 1
    filling = found.score == 0
    assert set(reasons(found.only(filling))) == {Reason.POPULAR_IN_CATEGORY}
    assert set(reasons(found.only(~filling))) <= {Reason.SESSION_NEIGHBOURS, Reason.SIMILAR_ITEM}


def test_an_item_that_nobody_looked_at_gets_what_is_popular_in_its_category_and_those_above() -> None:
    found = similar(SHOP, row("laptop-c"), Wish(10))
    assert ids(found) == ["laptop-a", "laptop-b", "phone-a", "phone-b", "phone-c", "cable"]
    assert found.score.tolist() == [0] * 6


def test_an_item_without_a_category_that_nobody_looked_at_with_others_has_nothing_like_it() -> None:
    assert ids(similar(SHOP, row("gift-card"), Wish(5))) == []


def test_within_a_category_the_list_is_filled_up_from_there_alone() -> None:
    garden = Wish(5, SHOP.tree.ids.row("garden"))
    assert ids(similar(SHOP, row("laptop-c"), garden)) == ["rake", "hose", "seeds"]


def test_what_nobody_had_in_hand_with_others_goes_with_nothing() -> None:
    assert ids(bought_together(SHOP, SHOP.items.rows(["seeds"]), Wish(5))) == []


def test_nothing_goes_with_an_empty_basket() -> None:
    assert ids(bought_together(SHOP, np.empty(0, np.int32), Wish(5))) == []


def test_the_reason_tells_what_was_in_a_basket_from_what_was_looked_at() -> None:
    found = bought_together(SHOP, SHOP.items.rows(["phone-a"]), Wish(5))
    assert set(reasons(found)) == {Reason.SESSION_NEIGHBOURS}  # two phones were looked at; one was bought


def test_popular_in_a_category_has_another_reason_than_in_the_shop() -> None:
    phones = Wish(2, SHOP.tree.ids.row("phones"))
    assert set(reasons(popular(SHOP, Window.ALL, phones))) == {Reason.POPULAR_IN_CATEGORY}
    assert set(reasons(popular(SHOP, Window.ALL, Wish(2)))) == {Reason.POPULAR}


def test_popularity_over_all_time_is_the_weighted_count() -> None:
    found = popular(SHOP, Window.ALL, Wish(2))
    assert dict(zip(ids(found), found.score.tolist(), strict=True)) == {"phone-a": 15, "rake": 10}


def test_a_short_window_forgets_what_a_long_one_remembers() -> None:
    laptops = Wish(3)
    assert "laptop-a" in ids(popular(SHOP, Window.ALL, laptops))
    assert "laptop-a" not in ids(popular(SHOP, Window.DAY, laptops))


def test_nothing_trends_where_everything_is_old() -> None:
    laptops = Wish(5, SHOP.tree.ids.row("laptops"))
    assert ids(trending(SHOP, Window.DAY, laptops)) == []


def test_many_excluded_items_do_not_shorten_a_list_of_a_large_shop() -> None:
    names = [f"item {number:04}" for number in range(1_500)]
    index = index_of([(T0, f"u{name}", VIEW, name) for name in names], [])
    wish = Wish(5, rules=Rules(index.items.rows(names[:1_000])))
    assert ids(popular(index, Window.WEEK, wish), index) == names[1_000:1_005]


def test_a_chart_is_read_to_a_bound_however_much_is_taken_out() -> None:
    names = [f"i{number:05}" for number in range(MOST_READ + 10)]
    rows = [
        (T0, name, Property.CATEGORY, "top" if name <= names[MOST_READ - 1] else "alone") for name in names
    ]
    log = InteractionLog.of((T0, "u", VIEW, names[0]))
    index = Index.fit(log, catalogue_of(rows), [PopularInCategory])
    found = popular(index, Window.WEEK, Wish(5, rules=Rules(most_per_category=1)))
    assert ids(found, index) == names[:1]


def test_an_index_without_a_source_has_not_its_list() -> None:
    index = Index.fit(InteractionLog.of((T0, "u", VIEW, "a")), catalogue_of([]), [PopularInCategory])
    assert ids(popular(index, Window.WEEK, Wish(5)), index) == ["a"]
    with pytest.raises(LookupError, match="there is no Trending among the sources"):
        trending(index, Window.DAY, Wish(5))
