from __future__ import annotations

from math import cos, log1p, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import INDEXES, LAW, assert_close, found
from worlds import BUY, CART, NOW, VIEW, ago, shop_index

from recommender.domain.events import DAY, HOUR
from recommender.domain.features import BLOCKS, feature_names, features
from recommender.domain.ids import ABSENT
from recommender.domain.popularity import LONGEST_AGE_DAYS
from recommender.domain.retrieval import Candidates, Query
from recommender.domain.search import Search
from recommender.domain.sessions import SESSION_GAP

SHOP = shop_index()
NAMES = feature_names(SHOP)
USERS = ("ada", "bob", "cleo", "dan", "eve", "flo", "a guest")


def asks(user: str, moment: int = NOW) -> Query:
    return SHOP.query(SHOP.histories.of(SHOP.users.row(user)), moment)


def searched(user: str, moment: int = NOW) -> tuple[Search, Candidates]:
    search = Search.of(SHOP, asks(user, moment))
    return search, found(search)


def rows_of_features(query: Query) -> dict[str, dict[str, float]]:
    """Item -> name -> value, for the candidates that the sources find."""
    search = Search.of(SHOP, query)
    candidates = found(search)
    table = features(search, candidates)
    return {
        item: dict(zip(NAMES, row, strict=True))
        for item, row in zip(SHOP.items.ids(candidates.item), table.tolist(), strict=True)
    }


def slow_own_past(query: Query, item: int) -> dict[str, float]:
    """Go through the history event by event."""
    history = query.history
    sums = dict.fromkeys(
        ("views", "carts", "purchases", "in_session", "position", "latest", "before", "recency"), 0.0
    )
    closest = LONGEST_AGE_DAYS
    for at in range(len(history)):
        if history.item[at] != item:
            continue
        back = len(history) - 1 - at
        days = min((query.moment - int(history.timestamp[at])) / DAY, LONGEST_AGE_DAYS)
        sums["views"] += history.type[at] == VIEW
        sums["carts"] += history.type[at] == CART
        sums["purchases"] += history.type[at] == BUY
        sums["in_session"] += at >= query.session
        sums["latest"] += back == 0
        closest = min(closest, days)
    counts = ("views", "carts", "purchases", "in_session")
    return sums | {name: log1p(sums[name]) for name in counts} | {"days": log1p(closest)}


OWN_PAST = {
    "own_views": "views",
    "own_carts": "carts",
    "own_purchases": "purchases",
    "own_in_session": "in_session",
    "is_latest_item": "latest",
    "own_log_days_since": "days",
}


@st.composite
def scored(draw: st.DrawFn) -> tuple[Search, Candidates]:
    """A shop of chance, one of its shoppers at some later moment, and the candidates for them."""
    index = draw(INDEXES)
    user = draw(st.integers(ABSENT, len(index.users) - 1))
    moment = index.end + draw(st.sampled_from([0, SESSION_GAP - 1, SESSION_GAP, DAY, 40 * DAY]))
    search = Search.of(index, index.query(index.histories.of(user), moment))
    return search, found(search, draw(st.integers(1, 10)))


def test_every_column_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
    of_blocks = sum(len(block.columns) for block in BLOCKS)
    of_sources = sum(len(source.COLUMNS) + 1 for source in SHOP.sources)
    assert len(NAMES) == of_blocks + of_sources
    assert features(*searched("ada")).shape[1] == len(NAMES)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("moment", [NOW, ago(days=20), NOW + 365 * DAY, 0])
def test_all_features_are_finite_for_everybody_at_any_moment(user: str, moment: int) -> None:
    assert np.isfinite(features(*searched(user, moment))).all()


def test_the_time_is_a_place_on_two_circles() -> None:
    thursday_noon = rows_of_features(asks("ada"))["cable"]
    assert NOW % DAY == 12 * HOUR
    assert thursday_noon["hour_sin"] == pytest.approx(sin(pi))
    assert thursday_noon["hour_cos"] == pytest.approx(cos(pi))
    a_week_later = rows_of_features(asks("ada", NOW + 7 * DAY))["cable"]
    a_day_later = rows_of_features(asks("ada", NOW + DAY))["cable"]
    for name in ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos"):
        assert a_week_later[name] == pytest.approx(thursday_noon[name])
    assert a_day_later["weekday_sin"] != pytest.approx(thursday_noon["weekday_sin"])


def test_a_guest_has_no_past_and_was_away_for_as_long_as_is_counted() -> None:
    rake = rows_of_features(asks("a guest"))["rake"]
    assert rake["history_length"] == rake["session_length"] == rake["own_views"] == 0
    assert rake["log_days_away"] == rake["own_log_days_since"] == pytest.approx(log1p(30))
    assert rake["same_category"] == rake["shared_levels"] == rake["session_share"] == 0


def test_a_shopper_is_described_by_their_history_and_their_session() -> None:
    ada, cleo = rows_of_features(asks("ada"))["rake"], rows_of_features(asks("cleo"))["rake"]
    assert (ada["history_length"], ada["session_length"]) == pytest.approx((log1p(4), log1p(4)))
    assert (ada["session_carts"], ada["history_carts"]) == pytest.approx((log1p(1), log1p(1)))
    assert (cleo["history_length"], cleo["session_length"]) == pytest.approx((log1p(4), 0))
    assert (cleo["session_carts"], cleo["history_carts"]) == pytest.approx((0, log1p(1)))
    assert rows_of_features(asks("dan"))["rake"]["history_purchases"] == pytest.approx(log1p(1))
    assert cleo["log_days_away"] == pytest.approx(log1p(20), abs=1e-3)


def test_the_past_with_an_item_is_that_of_the_drawing() -> None:
    of_ada = rows_of_features(asks("ada"))
    phone_a, phone_b, rake = of_ada["phone-a"], of_ada["phone-b"], of_ada["rake"]
    assert (phone_a["own_views"], phone_b["own_views"]) == pytest.approx((log1p(2), log1p(1)))
    assert (phone_a["own_carts"], phone_b["own_carts"]) == pytest.approx((log1p(1), 0))
    assert (phone_a["is_latest_item"], phone_b["is_latest_item"]) == (1, 0)
    assert phone_a["own_log_days_since"] == pytest.approx(log1p(5 / (24 * 60)))
    assert rake["own_views"] == rake["is_latest_item"] == 0
    assert rake["own_log_days_since"] == pytest.approx(log1p(30))


def test_categories_agree_by_level_and_not_at_all_where_unknown() -> None:
    of_ada = rows_of_features(asks("ada"))
    names = ("has_category", "same_category", "shared_levels", "session_share")
    agreement = {item: [row[name] for name in names] for item, row in of_ada.items()}
    assert agreement["phone-c"] == [1, 1, 1, 1]
    assert agreement["laptop-a"] == [1, 0, 1 / 2, 0]
    assert agreement["rake"] == [1, 0, 0, 0]
    assert agreement["gift-card"] == [0, 0, 0, 0]


def test_items_without_a_category_do_not_agree_with_a_shopper_without_one() -> None:
    gift_card = rows_of_features(asks("flo"))["gift-card"]
    assert asks("flo").recent_category == ABSENT
    assert gift_card["same_category"] == gift_card["shared_levels"] == gift_card["session_share"] == 0


def test_ages_are_clipped_at_thirty_days() -> None:
    month, year = (rows_of_features(asks("cleo", NOW + days * DAY))["laptop-a"] for days in (40, 365))
    for name in ("log_days_away", "own_log_days_since"):
        assert month[name] == year[name]


def test_the_columns_of_sources_are_what_the_sources_said() -> None:
    search, candidates = searched("ada")
    table = features(search, candidates)
    for place, (source, said) in enumerate(zip(SHOP.sources, search.findings, strict=True)):
        columns = [NAMES.index(f"{source.NAME}_{column}") for column in source.COLUMNS]
        np.testing.assert_array_equal(table[:, columns], said.columns(candidates.item))
        ranks = table[:, NAMES.index(f"{source.NAME}_rank")]
        np.testing.assert_array_equal(ranks, candidates.rank[:, place])


def test_what_a_source_says_of_an_item_counts_even_if_the_source_has_not_listed_it() -> None:
    search, listed = searched("ada")
    unlisted = Candidates(listed.item, listed.reason, np.zeros_like(listed.rank))
    table = features(search, unlisted)
    said = NAMES.index("session_neighbours_score")
    np.testing.assert_array_equal(table[:, said], features(search, listed)[:, said])
    assert (table[:, said] > 0).sum() > 1


def test_no_candidates_make_a_table_of_no_rows() -> None:
    for user in ("ada", "a guest"):
        search, candidates = searched(user)
        none = candidates.only(np.zeros(len(candidates), bool))
        assert features(search, none).shape == (0, len(NAMES))


@given(scored())
@LAW
def test_the_features_of_any_shop_are_finite(given_: tuple[Search, Candidates]) -> None:
    search, candidates = given_
    table = features(search, candidates)
    assert table.shape == (len(candidates), len(feature_names(search.index)))
    assert table.dtype == np.float64
    assert np.isfinite(table).all()


@given(scored())
@LAW
def test_the_own_past_is_what_going_through_the_history_for_each_candidate_gives(
    given_: tuple[Search, Candidates],
) -> None:
    search, candidates = given_
    table, names = features(search, candidates), feature_names(search.index)
    for row, item in enumerate(candidates.item.tolist()):
        slow = slow_own_past(search.query, item)
        for name, of_slow in OWN_PAST.items():
            assert table[row, names.index(name)] == pytest.approx(slow[of_slow], abs=1e-12), name


@given(scored())
@LAW
def test_the_agreement_of_categories_is_what_comparing_paths_gives(
    given_: tuple[Search, Candidates],
) -> None:
    search, candidates = given_
    index, query = search.index, search.query
    table, names = features(search, candidates), feature_names(index)
    recent = index.tree.path(query.recent_category)
    session = [int(each) for each in query.category[query.session :]]
    depth = max(len(index.tree.path(row)) for row in range(len(index.tree)))
    for row, item in enumerate(candidates.item.tolist()):
        own = int(index.category[item])
        shared = len(set(index.tree.path(own)) & set(recent)) / depth
        share = sum(each == own != ABSENT for each in session) / max(len(session), 1)
        assert table[row, names.index("shared_levels")] == pytest.approx(shared)
        assert table[row, names.index("session_share")] == pytest.approx(share)
        assert table[row, names.index("same_category")] == (own != ABSENT and own in recent[:1])


@given(scored(), st.data())
@LAW
def test_the_row_of_a_candidate_does_not_depend_on_the_others_or_their_order(
    given_: tuple[Search, Candidates], data: st.DataObject
) -> None:
    search, candidates = given_
    some = data.draw(st.lists(st.integers(0, len(candidates) - 1), unique=True)) if len(candidates) else []
    order = np.array(some, np.int64)
    shuffled = Candidates(candidates.item[order], candidates.reason[order], candidates.rank[order])
    assert_close(features(search, shuffled), features(search, candidates)[order])


def test_blocks_may_answer_once_for_all_candidates() -> None:
    search, candidates = searched("a guest")
    query, table = search.query, features(search, candidates)
    shapes = {block.name: block.compute(SHOP, query, candidates).ndim for block in BLOCKS}
    assert shapes == {"time": 1, "shopper": 1, "own_past": 2, "category": 2, "item": 2}
    start = 0
    for block in BLOCKS:
        part = table[:, start : start + len(block.columns)]
        expected = np.broadcast_to(block.compute(SHOP, query, candidates), part.shape)
        np.testing.assert_array_equal(part, expected)
        start += len(block.columns)
