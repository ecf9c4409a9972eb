import csv
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from recommender.adapters.sample import SampleShop, SampleSummary, write_sample

SHOP = SampleShop(visitors=800, items=200, days=20, end=date(2026, 3, 31), seed=11)
FILES = ("category_tree.csv", "events.csv", "item_properties.csv")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleSummary]:
    out = tmp_path_factory.mktemp("shop")
    return out, write_sample(SHOP, out)


@pytest.fixture(scope="module")
def out(written: tuple[Path, SampleSummary]) -> Path:
    return written[0]


@pytest.fixture(scope="module")
def summary(written: tuple[Path, SampleSummary]) -> SampleSummary:
    return written[1]


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="ascii", newline="") as file:
        return list(csv.reader(file))[1:]


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").splitlines()


def test_there_are_three_files_and_nothing_else(out: Path) -> None:
    assert tuple(sorted(path.name for path in out.iterdir())) == FILES


def test_headers_are_those_of_retailrocket(out: Path) -> None:
    assert lines(out / "events.csv")[0] == "timestamp,visitorid,event,itemid,transactionid"
    assert lines(out / "item_properties.csv")[0] == "timestamp,itemid,property,value"
    assert lines(out / "category_tree.csv")[0] == "categoryid,parentid"


def test_every_event_row_has_the_form_of_its_kind(out: Path) -> None:
    form = re.compile(r"\d{13},\d+,(?:(?:view|addtocart),\d+,|transaction,\d+,\d+)")

    assert all(form.fullmatch(line) for line in lines(out / "events.csv")[1:])


def test_every_property_row_has_the_form_of_its_kind(out: Path) -> None:
    form = re.compile(r"\d{13},\d+,(?:categoryid,\d+|available,[01]|\d+,(?:n\d+\.\d{3}|\d+)(?: \d+){0,3})")

    assert all(form.fullmatch(line) for line in lines(out / "item_properties.csv")[1:])


def test_every_tree_row_has_a_category_and_perhaps_a_parent(out: Path) -> None:
    form = re.compile(r"\d+,\d*")

    assert all(form.fullmatch(line) for line in lines(out / "category_tree.csv")[1:])


def test_events_are_in_the_order_of_time_within_the_span(out: Path) -> None:
    times = [int(row[0]) for row in rows(out / "events.csv")]

    assert times == sorted(times)
    assert SHOP.start_ms <= times[0]
    assert times[-1] < SHOP.end_ms


def test_properties_lie_within_the_span(out: Path) -> None:
    times = [int(row[0]) for row in rows(out / "item_properties.csv")]

    assert SHOP.start_ms <= min(times) <= max(times) < SHOP.end_ms


def test_each_item_has_the_asked_number_of_fillers_of_different_properties(out: Path) -> None:
    fillers: dict[str, set[str]] = {}
    for _, item, name, _ in rows(out / "item_properties.csv"):
        fillers.setdefault(item, set()).update({name} - {"categoryid", "available"})

    assert {len(names) for names in fillers.values()} == {SHOP.properties_per_item}


def test_the_summary_counts_what_is_in_the_files(out: Path, summary: SampleSummary) -> None:
    events = rows(out / "events.csv")
    properties = rows(out / "item_properties.csv")

    for kind in ("view", "addtocart", "transaction"):
        assert summary.events[kind] == sum(row[2] == kind for row in events)
    assert summary.visitors == len({row[1] for row in events})
    assert summary.items == len({row[1] for row in properties}) == SHOP.items
    assert summary.properties == len(properties)
    assert summary.categories == len(rows(out / "category_tree.csv"))


def test_the_people_worth_trying_are_what_they_are_called(out: Path, summary: SampleSummary) -> None:
    events = rows(out / "events.csv")
    counts: dict[str, int] = {}
    for row in events:
        counts[row[1]] = counts.get(row[1], 0) + 1

    assert counts[summary.regular or ""] == max(counts.values())
    assert counts[summary.guest or ""] == 1
    assert any(row[1] == summary.buyer and row[2] == "transaction" for row in events)
    assert summary.buyer != summary.regular


def test_equal_settings_give_equal_bytes(out: Path, tmp_path: Path) -> None:
    write_sample(SHOP, tmp_path)

    assert all((tmp_path / name).read_bytes() == (out / name).read_bytes() for name in FILES)


def test_another_seed_gives_another_shop(out: Path, tmp_path: Path) -> None:
    write_sample(replace(SHOP, seed=12), tmp_path)

    assert all((tmp_path / name).read_bytes() != (out / name).read_bytes() for name in FILES)


def test_a_last_moment_drops_later_rows_and_changes_no_other(out: Path, tmp_path: Path) -> None:
    moment = int(rows(out / "events.csv")[700][0])

    write_sample(replace(SHOP, until_ms=moment), tmp_path)

    for name in ("events.csv", "item_properties.csv"):
        assert rows(tmp_path / name) == [row for row in rows(out / name) if int(row[0]) <= moment]


def test_progress_hears_of_every_day(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []

    write_sample(replace(SHOP, days=3), tmp_path, progress=lambda done, days: heard.append((done, days)))

    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_an_interruption_leaves_what_was_there_before(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("older\n", encoding="ascii")

    def interrupt(done: int, _days: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(SHOP, tmp_path, progress=interrupt)

    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
    assert (tmp_path / "events.csv").read_text(encoding="ascii") == "older\n"


def test_the_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    write_sample(replace(SHOP, days=1), tmp_path / "far" / "away")

    assert (tmp_path / "far" / "away" / "events.csv").exists()


SMALL_SHOPS = [
    replace(SHOP, visitors=1, items=20, days=1),
    replace(SHOP, visitors=1, items=21, days=9, properties_per_item=0),
    replace(SHOP, visitors=5_000, items=20, days=1),
    replace(SHOP, visitors=30, items=20, days=90),
]


@pytest.mark.parametrize("shop", SMALL_SHOPS, ids=lambda shop: f"{shop.visitors}x{shop.items}x{shop.days}")
def test_the_smallest_shops_are_shops_too(shop: SampleShop, tmp_path: Path) -> None:
    summary = write_sample(shop, tmp_path)

    assert summary.events["view"] >= 1
    assert summary.items == shop.items
    assert summary.visitors <= shop.visitors


def test_a_shop_with_one_view_has_a_guest_and_nobody_else(out: Path, tmp_path: Path) -> None:
    moment = int(rows(out / "events.csv")[0][0])

    summary = write_sample(replace(SHOP, until_ms=moment), tmp_path)

    assert summary.events == {"view": 1, "addtocart": 0, "transaction": 0}
    assert summary.guest is not None
    assert (summary.regular, summary.buyer) == (None, None)
