from datetime import UTC, date, datetime

import pytest

from recommender.adapters.sample import SampleShop

END = date(2026, 3, 31)


def test_defaults_are_a_shop_of_twenty_thousand_visitors_and_two_months() -> None:
    shop = SampleShop(end=END)

    assert (shop.visitors, shop.items, shop.days, shop.properties_per_item) == (20_000, 3_000, 60, 4)


def test_the_span_is_whole_days_in_utc_with_the_last_one_inside() -> None:
    shop = SampleShop(end=END, days=31)

    assert shop.start_ms == int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
    assert shop.end_ms == int(datetime(2026, 4, 1, tzinfo=UTC).timestamp() * 1000)


def test_nothing_is_cut_before_the_end_of_the_last_day_unless_asked() -> None:
    shop = SampleShop(end=END)

    assert shop.cut_ms == shop.end_ms


def test_the_event_at_the_last_moment_asked_for_is_still_written() -> None:
    moment = SampleShop(end=END).end_ms - 5_000

    assert SampleShop(end=END, until_ms=moment).cut_ms == moment + 1


def test_a_moment_after_the_last_day_does_not_lengthen_the_span() -> None:
    shop = SampleShop(end=END)

    assert SampleShop(end=END, until_ms=shop.end_ms + 5_000).cut_ms == shop.end_ms


@pytest.mark.parametrize("value", [-1, 0, 10**9])
@pytest.mark.parametrize("field", ["visitors", "items", "days"])
def test_sizes_out_of_range_are_refused_by_name(field: str, value: int) -> None:
    settings = {"visitors": 100, "items": 100, "days": 10, field: value}

    with pytest.raises(ValueError, match=rf"^{field}: expected a whole number from \d+ to \d+, got {value}$"):
        SampleShop(end=END, **settings)


def test_a_negative_seed_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^seed: expected"):
        SampleShop(end=END, seed=-1)


@pytest.mark.parametrize("value", [-1, 1_001])
def test_property_counts_out_of_range_are_refused_by_name(value: int) -> None:
    with pytest.raises(ValueError, match=r"^properties_per_item: expected"):
        SampleShop(end=END, properties_per_item=value)


def test_a_span_whose_milliseconds_would_look_like_seconds_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^end: expected a first day of 1975-01-01 or later, got end 1975-01-30$"
    ):
        SampleShop(end=date(1975, 1, 30), days=31)


def test_a_last_moment_before_the_first_day_is_refused_by_name() -> None:
    start = SampleShop(end=END, days=10).start_ms

    with pytest.raises(ValueError, match=f"^until_ms: expected {start} "):
        SampleShop(end=END, days=10, until_ms=start - 1)
