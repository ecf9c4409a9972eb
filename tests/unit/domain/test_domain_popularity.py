from __future__ import annotations

import numpy as np
import pytest
from fakes.events import rows_of
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import (
    LAW,
    MIDDLE,
    T0,
    Event,
    Row,
    catalogue_of,
    event_lists,
    row_lists,
)
from worlds import BUY, CART, VIEW, ago, shop_index, shop_log

from recommender.domain.catalogue import CatalogueHistory, CatalogueSnapshot, Property
from recommender.domain.events import DAY, EventType, InteractionLog
from recommender.domain.ids import ABSENT
from recommender.domain.popularity import (
    EVENT_WEIGHTS,
    HALF_LIFE,
    PRIOR_VIEWS,
    ItemStatistics,
    best_first,
    decayed_popularity,
)

RATES = ("cart_rate", "conversion", "category_conversion")


def learnt(log: InteractionLog, catalogue: CatalogueHistory, column: str) -> dict[str, float]:
    """One column of the statistics, by item."""
    items = log.items.union(catalogue.items)
    statistics = ItemStatistics.fit(log.recoded(items=items), snapshot_of(log, catalogue))
    values = statistics.table[:, ItemStatistics.COLUMNS.index(column)]
    return dict(zip(items.ids(range(len(items))), values.tolist(), strict=True))


def snapshot_of(log: InteractionLog, catalogue: CatalogueHistory) -> CatalogueSnapshot:
    return catalogue.at(MIDDLE + 10 * DAY).over(log.items.union(catalogue.items))


def test_an_event_counts_half_after_each_half_life() -> None:
    log = InteractionLog.of(
        (T0 - 2 * HALF_LIFE, "u", VIEW, "a"), (T0 - HALF_LIFE, "u", VIEW, "b"), (T0, "u", VIEW, "c")
    )
    assert decayed_popularity(log).tolist() == [0.25, 0.5, 1.0]


def test_carts_and_purchases_count_more_than_views() -> None:
    log = InteractionLog.of((T0, "u", VIEW, "a"), (T0, "u", CART, "b"), (T0, "u", BUY, "c"))
    assert decayed_popularity(log).tolist() == list(EVENT_WEIGHTS)
    assert list(EVENT_WEIGHTS) == sorted(EVENT_WEIGHTS)


def test_nothing_is_popular_in_an_empty_log() -> None:
    assert decayed_popularity(InteractionLog.of()).tolist() == []


def test_an_event_of_long_ago_counts_nothing_and_does_not_underflow() -> None:
    log = InteractionLog.of((0, "u", VIEW, "a"), (T0, "u", VIEW, "b"))
    assert decayed_popularity(log, DAY).tolist() == [0.0, 1.0]


@given(event_lists(least=1), st.sampled_from([DAY, HALF_LIFE, 30 * DAY]))
@LAW
def test_popularity_is_what_adding_event_by_event_gives(events: list[Event], half_life: int) -> None:
    log = InteractionLog.of(*events)
    slow = dict.fromkeys(log.items.ids(range(len(log.items))), 0.0)
    latest = max(each[0] for each in events)
    for time, _, kind, item in events:
        slow[item] += EVENT_WEIGHTS[kind] * 0.5 ** ((latest - time) / half_life)
    np.testing.assert_allclose(decayed_popularity(log, half_life), list(slow.values()))


def test_popularity_is_relative_to_the_end_of_the_log() -> None:
    log = shop_log()
    assert log.end == ago(minutes=5) + 1
    assert decayed_popularity(log)[log.items.row("rake")] == pytest.approx(1 + 1 + 3 + 5, rel=0.01)
    later = InteractionLog.of(*rows_of(log), (log.end - 1 + HALF_LIFE, "gus", VIEW, "hose"))
    assert decayed_popularity(later)[later.items.row("rake")] == pytest.approx((1 + 1 + 3 + 5) / 2, rel=0.01)


@given(st.lists(st.sampled_from([0.0, -0.0, 0.5, 1.0, 1e-300])))
@LAW
def test_the_best_come_first_and_ties_by_row(score: list[float]) -> None:
    assert best_first(np.array(score)).tolist() == sorted(range(len(score)), key=lambda row: -score[row])


@given(event_lists(), row_lists())
@LAW
def test_the_statistics_of_any_shop_are_finite_and_their_rates_are_rates(
    events: list[Event], rows: list[Row]
) -> None:
    log, catalogue = InteractionLog.of(*events), catalogue_of(rows)
    items = log.items.union(catalogue.items)
    statistics = ItemStatistics.fit(log.recoded(items=items), snapshot_of(log, catalogue))
    assert statistics.table.shape == (len(items), len(ItemStatistics.COLUMNS))
    assert np.isfinite(statistics.table).all()
    for column in RATES:
        rate = statistics.table[:, ItemStatistics.COLUMNS.index(column)]
        assert ((rate >= 0) & (rate <= 1)).all()
    seen = {each[3] for each in events}
    assert statistics.seen.tolist() == [item in seen for item in items.ids(range(len(items)))]


@pytest.mark.parametrize("column", RATES)
def test_rates_stay_below_one_where_a_shop_logs_purchases_and_no_views(column: str) -> None:
    events = [(T0 + each, "u", kind, "a") for each in range(50) for kind in (CART, BUY)]
    rates = learnt(InteractionLog.of(*events), catalogue_of([]), column)
    assert 0 < rates["a"] <= 1


def test_an_item_that_nobody_looked_at_converts_like_its_category() -> None:
    rows: list[Row] = [(T0, item, Property.CATEGORY, "left") for item in ("a", "b")]
    log = InteractionLog.of(*((T0, "u", kind, "a") for kind in (VIEW, VIEW, VIEW, BUY)))
    converted, of_category = (
        learnt(log, catalogue_of(rows), column) for column in ("conversion", "category_conversion")
    )
    assert converted["b"] == pytest.approx(of_category["b"])
    assert of_category["a"] == of_category["b"]


def test_an_item_counts_as_much_as_its_category_after_the_views_of_the_prior() -> None:
    views = [(T0 + each, "u", VIEW, "a") for each in range(int(PRIOR_VIEWS))]
    log = InteractionLog.of(*views, *((T0 + 100 + each, "u", BUY, "a") for each in range(10)))
    shop = 11 / (PRIOR_VIEWS + PRIOR_VIEWS)
    category = (10 + PRIOR_VIEWS * shop) / (PRIOR_VIEWS + PRIOR_VIEWS)
    item = (10 / PRIOR_VIEWS + category) / 2
    assert learnt(log, catalogue_of([]), "category_conversion")["a"] == pytest.approx(category)
    assert learnt(log, catalogue_of([]), "conversion")["a"] == pytest.approx(item)


def test_items_without_a_category_are_a_category_of_their_own() -> None:
    rows: list[Row] = [(T0, "b", Property.CATEGORY, "left"), (T0, "c", Property.CATEGORY, "top")]
    log = InteractionLog.of((T0, "u", VIEW, "a"), (T0, "u", VIEW, "g"), (T0, "u", CART, "b"))
    popular = learnt(log, catalogue_of(rows), "log_category_popularity")
    assert popular == pytest.approx({"a": np.log1p(2), "b": np.log1p(3), "c": 0.0, "g": np.log1p(2)})


def test_an_item_is_as_old_as_its_first_event_and_one_never_seen_has_no_age() -> None:
    rows: list[Row] = [(T0, "h", Property.CATEGORY, "left")]
    log = InteractionLog.of((T0 - DAY, "u", VIEW, "a"), (T0 - 1, "u", VIEW, "a"), (T0 - 1, "u", VIEW, "b"))
    ages = learnt(log, catalogue_of(rows), "log_age_days")
    assert ages == pytest.approx({"a": np.log1p(1), "b": np.log1p(1 / DAY), "h": 0.0})


def test_the_trend_is_above_where_an_item_is_more_popular_lately() -> None:
    log = InteractionLog.of((T0 - 20 * DAY, "u", VIEW, "old"), (T0, "u", VIEW, "new"))
    trend = learnt(log, catalogue_of([]), "popularity_trend")
    assert trend["old"] < trend["new"] == 0


def test_the_shop_of_the_worlds_knows_what_was_never_seen() -> None:
    index = shop_index()
    unseen = np.flatnonzero(~index.statistics.seen).astype(np.int32)
    assert index.items.ids(unseen) == ["laptop-c", "seeds"]
    assert index.category[index.items.row("gift-card")] == ABSENT
    assert len(EVENT_WEIGHTS) == len(EventType)
