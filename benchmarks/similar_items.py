"""What to take for the items that are similar to one: who only knows the last look guesses the next.

    python -m benchmarks.similar_items

The index knows the stored log up to a validation stretch, the week before the reported one. A case is a look
in it and the next one, at another item of the same session; the list is asked for that one look alone. In %;
the standard error of a hit rate is below 0.6 points.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import numpy as np

from recommender.container import Container
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.history import History
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.item_lists import Wish, similar
from recommender.domain.retrieval import SOURCES, Query, Source
from recommender.domain.retrieval.bought_together import BoughtTogether
from recommender.domain.retrieval.co_visitation import CoVisitation
from recommender.domain.retrieval.item_vectors import ItemVectors
from recommender.domain.sessions import by_shopper, session_numbers
from recommender.entrypoints.cli.screen import shown
from recommender.settings import read_settings

STRETCH = 7 * DAY
CASES = 8_000
LENGTH = 20
LISTED = 100

Way = Callable[[Query], list[int]]


def main() -> int:
    """Print a line per way to make the list."""
    container = Container(settings=read_settings(), progress=shown)
    log = container.events().read()
    log = log.until(log.end - STRETCH)
    cut = log.end - STRETCH
    index = Index.fit(log.until(cut), container.catalogue().history(), SOURCES)
    looked_at, next_one = cases(index, log, cut)
    print(f"{len(looked_at):,} cases from {cut} ms")
    print(f"{'':40s}{'HR':>8s}{'MRR':>8s}{'alike':>8s}{'short':>8s}")
    for name, way in ways(index).items():
        figures = judged(index, way, looked_at, next_one)
        print(f"{name:40s}" + "".join(f"{100 * each:8.1f}" for each in figures))
    return 0


def cases(index: Index, log: InteractionLog, cut: int) -> tuple[Rows, Rows]:
    """Neighbours in the sessions after the cut, different items that the index knows."""
    after = log.taking(log.timestamp >= cut)
    order = by_shopper(after)
    session = session_numbers(after.user[order], after.timestamp[order])
    row = after.items.rows_in(index.items)[after.item[order]]
    known = (row[1:] != ABSENT) & (row[:-1] != ABSENT)
    place = np.flatnonzero((session[1:] == session[:-1]) & (row[1:] != row[:-1]) & known)
    place = np.random.default_rng(7).permutation(place)[:CASES]
    return row[place], row[place + 1]


def ways(index: Index) -> Mapping[str, Way]:
    """Each source alone, and fusions."""
    steps, vectors, together = (
        index.source(CoVisitation),
        index.source(ItemVectors),
        index.source(BoughtTogether),
    )
    return {
        "co-visitation": lambda query: listed(steps, query),
        "vectors": lambda query: listed(vectors, query),
        "bought together": lambda query: listed(together, query),
        "both, by reciprocal rank": lambda query: fused({steps: 1, vectors: 1}, query),
        "both, co-visitation twice (served)": lambda query: served(index, query),
        "all three, by reciprocal rank": lambda query: fused({steps: 1, vectors: 1, together: 1}, query),
    }


def listed(source: Source, query: Query) -> list[int]:
    """The list of one source."""
    found: list[int] = source.ask(query).shortlist(LISTED).item.tolist()
    return found


def fused(weights: Mapping[Source, float], query: Query, offset: int = 10) -> list[int]:
    """The items of several lists by the sum of weight / (offset + rank)."""
    score: dict[int, float] = {}
    for source, weight in weights.items():
        for rank, item in enumerate(listed(source, query), start=1):
            score[item] = score.get(item, 0) + weight / (offset + rank)
    return sorted(score, key=lambda item: (-score[item], item))


def served(index: Index, query: Query) -> list[int]:
    """What is answered, without what fills it up."""
    found = similar(index, int(query.history.item[0]), Wish(LENGTH))
    related: list[int] = found.item[found.score > 0].tolist()
    return related


def judged(index: Index, way: Way, looked_at: Rows, next_one: Rows) -> list[float]:
    """Hit rate, mean reciprocal rank, share of the same category, share of lists that are too short."""
    lists: dict[int, list[int]] = {}
    figures = []
    for item, answer in zip(looked_at.tolist(), next_one.tolist(), strict=True):
        if item not in lists:
            history = History(np.array([item], np.int32), np.array([index.end - 1]), np.zeros(1, np.int8))
            lists[item] = way(index.query(history, index.end - 1))
        first = lists[item][:LENGTH]
        place = first.index(answer) + 1 if answer in first else np.inf
        alike = np.mean(index.category[first] == index.category[item]) if first else np.nan
        figures.append((place <= LENGTH, 1 / place, alike, len(first) < LENGTH))
    return [float(each) for each in np.nanmean(figures, axis=0)]


if __name__ == "__main__":
    sys.exit(main())
