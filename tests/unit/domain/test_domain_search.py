from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import INDEXES, LAW, MIDDLE, T0, catalogue_of

from recommender.domain.catalogue import CatalogueSnapshot, Property
from recommender.domain.events import EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.retrieval import Candidates, Query, Reason, Shortlist
from recommender.domain.rules import Rules, allowed
from recommender.domain.search import ENOUGH, GROWTH, Search

SIZE = 3 * ENOUGH
FEW, MANY = ENOUGH // 2, 2 * ENOUGH
EVERYTHING = 10**6


@dataclass(eq=False)
class FakeFindings:
    """A list, of which it is written down how much of it was read."""

    item: Rows
    limits: list[int] = field(default_factory=list)

    def shortlist(self, limit: int) -> Shortlist:
        self.limits.append(limit)
        item = self.item[:limit]
        return Shortlist(item, np.full(len(item), Reason.POPULAR, np.int8))

    def columns(self, item: Rows) -> Floats:
        return np.column_stack([item, -item]).astype(np.float64)


@dataclass(eq=False)
class FewAtFirst:
    """A source that finds what it was given, whoever asks, and remembers who did."""

    NAME: ClassVar[str] = "few"
    COLUMNS: ClassVar[tuple[str, ...]] = ("row", "minus_row")
    FIRST: ClassVar[int] = FEW

    item: Rows
    asked: list[Query] = field(default_factory=list)
    found: list[FakeFindings] = field(default_factory=list)

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:  # noqa: ARG003 - it learns nothing
        return cls(np.empty(0, np.int32))

    def check(self, items: int, categories: int) -> None:
        """Nobody reads it from a file."""

    def ask(self, query: Query) -> FakeFindings:
        self.asked.append(query)
        self.found.append(FakeFindings(self.item))
        return self.found[-1]


class ManyAtFirst(FewAtFirst):
    FIRST: ClassVar[int] = MANY


def few(*rows: int) -> FewAtFirst:
    return FewAtFirst(np.array(rows, np.int32))


def many(*rows: int) -> ManyAtFirst:
    return ManyAtFirst(np.array(rows, np.int32))


def shop(*sources: FewAtFirst, size: int = SIZE) -> Index:
    """A shop of so many items that only these sources know."""
    rows = [(T0, f"i{at:03d}", Property.CATEGORY, "top") for at in range(size)]
    index = Index.fit(InteractionLog.of((T0, "u", EventType.VIEW, "i000")), catalogue_of(rows), [])
    return replace(index, sources=sources)


def search_of(index: Index) -> Search:
    return Search.of(index, index.query(History.empty(), index.end))


def without(rows: Sequence[int]) -> Rules:
    return Rules(exclude=np.array(rows, np.int32))


def slow_union(search: Search, limits: Sequence[int]) -> dict[int, list[float]]:
    """The ranks of every candidate, list by list."""
    ranks: dict[int, list[float]] = {}
    for column, (findings, limit) in enumerate(zip(search.findings, limits, strict=True)):
        for place, item in enumerate(findings.shortlist(limit).item.tolist()):
            ranks.setdefault(item, [0.0] * len(limits))[column] = 1 / (1 + place)
    return ranks


def ranks_of(candidates: Candidates) -> dict[int, list[float]]:
    assert candidates.item.tolist() == sorted(set(candidates.item.tolist()))
    return dict(zip(candidates.item.tolist(), candidates.rank.tolist(), strict=True))


@st.composite
def searches(draw: st.DrawFn) -> tuple[Search, Rules]:
    """A shop of chance with all its sources, somebody with a history in it, and what they ask for."""
    index = draw(INDEXES)
    looked_at = draw(st.lists(st.integers(0, len(index.items) - 1), max_size=5))
    size = len(looked_at)
    kind = draw(st.lists(st.sampled_from(EventType), min_size=size, max_size=size))
    history = History(
        np.array(looked_at, np.int32), T0 + np.arange(size, dtype=np.int64), np.array(kind, np.int8)
    )
    query = index.query(history, MIDDLE, draw(st.integers(ABSENT, len(index.tree) - 1)))
    rules = Rules(
        exclude=np.array(draw(st.lists(st.integers(0, len(index.items) - 1), max_size=4)), np.int32),
        exclude_seen=draw(st.booleans()),
    )
    return Search.of(index, query), rules


@st.composite
def fake_searches(draw: st.DrawFn) -> tuple[Search, Rules]:
    """A shop whose sources know some of its items in some order, and what must not be shown."""
    shuffled = st.permutations(range(SIZE))
    kinds = draw(st.lists(st.sampled_from([few, many]), min_size=1, max_size=3))
    sources = [kind(*draw(shuffled)[: draw(st.integers(0, SIZE))]) for kind in kinds]
    hidden = draw(shuffled)[: draw(st.integers(0, SIZE))]
    return search_of(shop(*sources)), without(hidden)


@given(searches(), st.integers(0, 2 * ENOUGH))
@LAW
def test_a_small_shop_is_searched_to_its_end(search_and_rules: tuple[Search, Rules], n: int) -> None:
    search, rules = search_and_rules
    union = slow_union(search, [EVERYTHING] * len(search.findings))
    *_, last = search.longer(rules, n)
    may = {
        item for item in union if allowed(search.index, search.query, np.array([item], np.int32), rules)[0]
    }
    assert ranks_of(last) == {item: union[item] for item in may}


@given(fake_searches(), st.integers(0, 2 * ENOUGH))
@LAW
def test_longer_lists_hold_the_shorter_ones_and_the_last_whatever_asking_for_everything_finds(
    search_and_rules: tuple[Search, Rules], n: int
) -> None:
    search, rules = search_and_rules
    hidden = set(rules.exclude.tolist())
    union = slow_union(search, [EVERYTHING] * len(search.findings))
    lists = [ranks_of(candidates) for candidates in search.longer(rules, n)]
    assert lists[-1] == {item: ranks for item, ranks in union.items() if item not in hidden}
    for shorter, longer in pairwise(lists):
        assert set(shorter) <= set(longer)
    assert all(len(each) >= max(n, ENOUGH) for each in lists[:-1])


@given(fake_searches(), st.integers(0, 2 * ENOUGH))
@LAW
def test_the_sources_are_asked_for_more_until_there_are_enough(
    search_and_rules: tuple[Search, Rules], n: int
) -> None:
    search, rules = search_and_rules
    hidden, times = set(rules.exclude.tolist()), 1
    while True:
        union = slow_union(search, [source.FIRST * times for source in search.index.sources])
        shown = {item: ranks for item, ranks in union.items() if item not in hidden}
        if len(shown) >= max(n, ENOUGH) or times > SIZE:
            break
        times *= GROWTH
    assert ranks_of(search.candidates(rules, n)) == shown


@given(fake_searches(), st.integers(0, ENOUGH))
@LAW
def test_how_many_are_wanted_up_to_enough_changes_no_candidate(
    search_and_rules: tuple[Search, Rules], n: int
) -> None:
    search, rules = search_and_rules
    assert ranks_of(search.candidates(rules, n)) == ranks_of(search.candidates(rules, ENOUGH))


def test_every_source_is_asked_once_however_much_is_read() -> None:
    sources = few(*range(SIZE)), many(*range(SIZE))
    search = search_of(shop(*sources))
    assert len(list(search.longer(without(range(MANY - ENOUGH)), 1))) > 1
    search.candidates(Rules(), SIZE)
    search.columns(np.array([1], np.int32))
    assert [source.asked for source in sources] == [[search.query], [search.query]]


def test_a_source_gives_what_it_gives_at_first_if_that_is_enough() -> None:
    sources = few(*range(SIZE)), many(*range(SIZE))
    assert len(search_of(shop(*sources)).candidates(Rules(), ENOUGH)) == MANY
    assert [source.found[0].limits for source in sources] == [[FEW], [MANY]]


@pytest.mark.parametrize(
    ("hidden", "shown"), [(MANY - ENOUGH, ENOUGH), (MANY - ENOUGH + 1, SIZE - ENOUGH - 1)]
)
def test_one_candidate_less_than_enough_and_more_are_asked_for(hidden: int, shown: int) -> None:
    search = search_of(shop(many(*range(SIZE))))
    assert len(search.candidates(without(range(hidden)), 1)) == shown


def test_a_longer_list_than_enough_is_searched_for_if_it_is_wanted() -> None:
    search = search_of(shop(many(*range(SIZE))))
    assert len(search.candidates(Rules(), MANY)) == MANY
    assert len(search.candidates(Rules(), MANY + 1)) == SIZE


def test_a_source_goes_on_where_its_next_items_are_only_what_others_have_found() -> None:
    search = search_of(shop(many(*range(MANY)), few(*range(SIZE))))
    found = search.candidates(without(range(MANY)), 1)
    assert found.item.tolist() == list(range(MANY, SIZE))


def test_a_rank_is_the_place_in_the_list_of_the_source_whatever_may_not_be_shown() -> None:
    search = search_of(shop(few(7, 5, 3), few(3, 9)))
    assert ranks_of(search.candidates(without([7]), 1)) == {3: [1 / 3, 1], 5: [1 / 2, 0], 9: [0, 1 / 2]}


def test_without_anything_found_or_anything_allowed_there_is_one_empty_list() -> None:
    for search, rules in (
        (search_of(shop(few(), many())), Rules()),
        (search_of(shop(few(*range(SIZE)))), without(range(SIZE))),
    ):
        assert [len(candidates) for candidates in search.longer(rules, 5)] == [0]


def test_what_every_source_says_is_told_in_their_order() -> None:
    said = search_of(shop(few(1), many(2))).columns(np.array([4, 2], np.int32))
    assert [each.tolist() for each in said] == [[[4, -4], [2, -2]]] * 2
