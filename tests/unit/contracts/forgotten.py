"""The laws of Forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from recommender.application.ports import Forgotten
from recommender.domain.errors import StorageUnavailable

NOW = 1_431_000_000_000
WRITERS = 8


class ForgottenContract:
    """A subclass gives the fixtures `forgotten`, an empty list, and `unreachable`, one that is away."""

    def test_nobody_is_forgotten_at_first(self, forgotten: Forgotten) -> None:
        assert forgotten.all() == {}

    def test_who_is_added_is_forgotten(self, forgotten: Forgotten) -> None:
        forgotten.add({"ada", "漢字"}, NOW)
        forgotten.add({"bob"}, NOW + 1)
        assert forgotten.all() == {"ada": NOW, "漢字": NOW, "bob": NOW + 1}

    def test_adding_nobody_changes_nothing(self, forgotten: Forgotten) -> None:
        forgotten.add(set(), NOW)
        assert forgotten.all() == {}

    def test_the_latest_moment_counts_whoever_is_last(self, forgotten: Forgotten) -> None:
        for at in (NOW, NOW + 5, NOW + 2):
            forgotten.add({"ada"}, at)
        assert forgotten.all() == {"ada": NOW + 5}

    def test_what_was_read_stays_as_it_was(self, forgotten: Forgotten) -> None:
        forgotten.add({"ada"}, NOW)
        before = forgotten.all()
        forgotten.add({"bob"}, NOW)
        assert before == {"ada": NOW}

    def test_many_writers_at_once_lose_nobody(self, forgotten: Forgotten) -> None:
        start = Barrier(WRITERS)

        def add(writer: int) -> None:
            start.wait()
            forgotten.add({str(writer), "all of them"}, NOW + writer)

        with ThreadPoolExecutor(WRITERS) as threads:
            list(threads.map(add, range(WRITERS)))
        expected = {str(writer): NOW + writer for writer in range(WRITERS)}
        assert forgotten.all() == expected | {"all of them": NOW + WRITERS - 1}

    def test_outage_is_not_an_empty_list(self, unreachable: Forgotten) -> None:
        with pytest.raises(StorageUnavailable):
            unreachable.all()
        with pytest.raises(StorageUnavailable):
            unreachable.add({"ada"}, NOW)
