"""The laws of Catalogue."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.catalogue import Said, batch_of, known_at, parents_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from recommender.application.ports import Catalogue
from recommender.domain.catalogue import Property
from recommender.domain.errors import StorageUnavailable

NOW = 1_430_611_200_000
A, B = Said(NOW, "i", "A"), Said(NOW, "i", "B")
IDS = ["7", "07", "007", "70", "é", "ß", "漢字", "\U0001f6d2", "\uffee", "Z", "a"]

few_settings = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every example makes a catalogue of its own
)
batches = st.lists(
    st.builds(
        Said,
        st.integers(NOW, NOW + 2),
        st.sampled_from(["i", "j"]),
        st.sampled_from(["0", "1"]),
        st.sampled_from(Property),
    ),
    max_size=6,
).map(lambda rows: batch_of(*rows))


def category(catalogue: Catalogue, item: str = "i", moment: int = NOW) -> str | None:
    """The item's category as known at a moment."""
    return known_at(catalogue.history(), moment)[item][0]


class CatalogueContract:
    """A subclass gives `new_catalogue`, which makes an empty one, and `unreachable`, one that is away."""

    @pytest.fixture
    def catalogue(self, new_catalogue: Callable[[], Catalogue]) -> Catalogue:
        return new_catalogue()

    def test_what_is_recorded_is_known_from_its_time_on(self, catalogue: Catalogue) -> None:
        rows = Said(NOW, "i", "A"), Said(NOW + 1, "i", "0", Property.AVAILABLE), Said(NOW + 2, "i", "B")
        assert catalogue.record(batch_of(*rows)) == 3
        history = catalogue.history()
        assert known_at(history, NOW - 1) == {}
        assert known_at(history, NOW) == {"i": ("A", True)}
        assert known_at(history, NOW + 1) == {"i": ("A", False)}
        assert known_at(history, NOW + 2) == {"i": ("B", False)}

    def test_nothing_recorded_is_an_empty_catalogue(self, catalogue: Catalogue) -> None:
        history = catalogue.history()
        assert (len(history.items), len(history.tree)) == (0, 0)
        assert known_at(history, NOW) == {}

    def test_an_empty_batch_brings_nothing(self, catalogue: Catalogue) -> None:
        assert catalogue.record(batch_of()) == 0
        assert len(catalogue.history().items) == 0

    def test_recording_a_batch_again_changes_nothing(self, catalogue: Catalogue) -> None:
        assert catalogue.record(batch_of(A, Said(NOW, "j", "A"))) == 2
        assert catalogue.record(batch_of(A, Said(NOW, "j", "A"))) == 0
        assert known_at(catalogue.history(), NOW) == {"i": ("A", True), "j": ("A", True)}

    def test_only_rows_nobody_recorded_before_are_new(self, catalogue: Catalogue) -> None:
        catalogue.record(batch_of(A))
        later = Said(NOW + 1, "i", "A")
        available = Said(NOW, "i", "A", Property.AVAILABLE)
        assert catalogue.record(batch_of(A, later, Said(NOW, "j", "A"), available, later)) == 3

    def test_repeats_inside_a_batch_count_once(self, catalogue: Catalogue) -> None:
        assert catalogue.record(batch_of(A, A, B, A)) == 2

    def test_an_older_row_that_comes_later_does_not_hide_a_newer_one(self, catalogue: Catalogue) -> None:
        catalogue.record(batch_of(Said(NOW + 1, "i", "B")))
        catalogue.record(batch_of(A))
        assert category(catalogue) == "A"
        assert category(catalogue, moment=NOW + 1) == "B"

    @pytest.mark.parametrize("rows", [(A, B), (B, A), (A, B, A), (A, A, B, B, A)])
    def test_at_one_time_the_last_row_wins(self, catalogue: Catalogue, rows: tuple[Said, ...]) -> None:
        catalogue.record(batch_of(*rows))
        assert category(catalogue) == rows[-1].value

    @pytest.mark.parametrize("cut", [1, 2, 3])
    def test_the_last_row_wins_wherever_the_rows_are_cut(self, catalogue: Catalogue, cut: int) -> None:
        rows = A, B, B, A
        assert catalogue.record(batch_of(*rows[:cut])) + catalogue.record(batch_of(*rows[cut:])) == 2
        assert category(catalogue) == "A"

    def test_the_batch_recorded_last_wins_also_after_many(self, catalogue: Catalogue) -> None:
        for number in range(12):
            catalogue.record(batch_of(Said(NOW, "i", f"c{number}")))
        assert category(catalogue) == "c11"

    def test_a_batch_that_comes_again_does_not_overrule_later_ones(self, catalogue: Catalogue) -> None:
        catalogue.record(batch_of(A))
        catalogue.record(batch_of(B))
        assert catalogue.record(batch_of(A)) == 0
        assert category(catalogue) == "B"

    def test_a_batch_without_news_is_recognised_too(self, catalogue: Catalogue) -> None:
        for batch in (batch_of(A), batch_of(A, A), batch_of(B)):
            catalogue.record(batch)
        assert catalogue.record(batch_of(A, A)) == 0
        assert category(catalogue) == "B"

    def test_ids_stay_distinct_and_come_by_code_points(self, catalogue: Catalogue) -> None:
        assert catalogue.record(batch_of(*(Said(NOW, each, each) for each in IDS))) == len(IDS)
        history = catalogue.history()
        assert history.items.ids(range(len(history.items))) == sorted(IDS)
        assert known_at(history, NOW) == {each: (each, True) for each in IDS}

    def test_the_planted_tree_is_the_tree(self, catalogue: Catalogue) -> None:
        catalogue.plant({"root": None, "leaf": "root", "é": "root"})
        assert parents_of(catalogue.history().tree) == {"root": None, "leaf": "root", "é": "root"}

    def test_planting_replaces_the_tree(self, catalogue: Catalogue) -> None:
        catalogue.plant({"a": None, "b": "a"})
        catalogue.plant({"c": "d"})
        assert parents_of(catalogue.history().tree) == {"c": "d", "d": None}

    def test_planting_the_same_tree_again_changes_nothing(self, catalogue: Catalogue) -> None:
        for _ in range(2):
            catalogue.plant({"a": None})
        assert parents_of(catalogue.history().tree) == {"a": None}

    def test_an_empty_tree_can_be_planted(self, catalogue: Catalogue) -> None:
        catalogue.plant({"a": None})
        catalogue.plant({})
        assert parents_of(catalogue.history().tree) == {}

    def test_a_category_outside_the_tree_is_a_root_of_its_own(self, catalogue: Catalogue) -> None:
        catalogue.plant({"leaf": "root"})
        catalogue.record(batch_of(A))
        assert parents_of(catalogue.history().tree) == {"leaf": "root", "root": None, "A": None}

    def test_a_tree_with_a_loop_is_refused_and_the_old_one_stays(self, catalogue: Catalogue) -> None:
        catalogue.plant({"a": None})
        with pytest.raises(ValueError, match="own ancestor"):
            catalogue.plant({"b": "c", "c": "b"})
        assert parents_of(catalogue.history().tree) == {"a": None}

    def test_outage_is_not_an_empty_catalogue(self, unreachable: Catalogue) -> None:
        with pytest.raises(StorageUnavailable):
            unreachable.history()
        with pytest.raises(StorageUnavailable):
            unreachable.record(batch_of(A))
        with pytest.raises(StorageUnavailable):
            unreachable.plant({"a": None})
