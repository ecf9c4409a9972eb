"""Pure discovery, and beside it what was bought in the last weeks, on the stored log.

    python -m benchmarks.discovery [--json FILE]

Discovery hides of every buyer all rows of the item bought last; everything below is learnt from the other
rows. All items are ranked but the buyer's own, as at the moment of the buyer's last event that is left.
This split is NOT temporal: what others did later is known. The ranker learns from the same question about the
log that is left: an item that a shopper bought or put into the cart is hidden, and again another one.

The methods are compared by the paired bootstrap over shoppers; a model is not fitted anew in every draw.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.comparison import Figures, compared, show
from benchmarks.last_weeks import last_weeks
from recommender.adapters.sklearn import LogisticTrainer
from recommender.container import Container
from recommender.domain.catalogue import CatalogueHistory
from recommender.domain.discovery import LENGTH, Hidden, ItemKnn, best_unseen, bought_most, judged
from recommender.domain.events import EventType, InteractionLog
from recommender.domain.features import feature_names, features
from recommender.domain.ids import Rows
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.ranking import Ranker, top_n
from recommender.domain.retrieval import SOURCES
from recommender.domain.rules import Rules
from recommender.domain.search import Search
from recommender.entrypoints.cli.screen import shown
from recommender.settings import read_settings

ROUNDS = 4
"""So many items of every shopper are hidden, one after another, for the ranker to learn from."""

WANTED = (EventType.ADDTOCART, EventType.TRANSACTION)
AGAINST = "item kNN"


def main() -> int:
    """Print both tables, and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    container = Container(settings=read_settings(), progress=shown)
    log, catalogue = container.events().read(), container.catalogue().history()
    found = discovery(log, catalogue)
    show("pure discovery (not a temporal split)", found, AGAINST)
    weeks, against = last_weeks(log, catalogue, container.fit(), container.trainers().ranker)
    show("purchases of the last four weeks (temporal)", weeks, against)
    if given.json:
        given.json.write_text(json.dumps({"discovery": found, "last weeks": weeks}, indent=2))
    return 0


def discovery(log: InteractionLog, catalogue: CatalogueHistory) -> Figures:
    """The figures of the baselines, of each source alone, and of all of them ranked."""
    hidden = Hidden.last(log)
    ranker = learnt(hidden, catalogue)
    index = Index.fit(hidden.log, catalogue, SOURCES)
    lists = dict(baselines(hidden)) | found_by(index, ranker, hidden)
    relevant = list(hidden.item[:, None])
    print(f"{len(hidden):,} cases, {findable(hidden):,} of them with an item that anybody else has")
    return compared({name: judged(each, relevant) for name, each in lists.items()}, AGAINST, hidden.user)


def findable(hidden: Hidden) -> int:
    """How many of the hidden items are left with somebody."""
    return int(np.isin(hidden.item, hidden.log.item).sum())


def baselines(hidden: Hidden) -> Iterator[tuple[str, list[Rows]]]:
    """The lists of popularity and of item kNN, in rows of the log."""
    popularity, knn = bought_most(hidden.log), ItemKnn.fit(hidden.log)
    own = hidden.own()
    yield "popularity of purchases", [best_unseen(popularity, each) for each in own]
    users = hidden.user.tolist()
    yield AGAINST, [best_unseen(knn.scores(user), each) for user, each in zip(users, own, strict=True)]


def found_by(index: Index, ranker: Ranker, hidden: Hidden) -> dict[str, list[Rows]]:
    """The lists of each source alone, and of the ranker over all their candidates, in rows of the log."""
    row = index.items.rows_in(hidden.log.items)
    lists: dict[str, list[Rows]] = {source.NAME: [] for source in index.sources}
    lists["all sources, ranked"] = []
    for case, own in enumerate(own_in(index, hidden)):
        search = Search.of(index, hidden.query(index, case))
        for source, findings in zip(index.sources, search.findings, strict=True):
            item = findings.shortlist(LENGTH + len(own)).item
            lists[source.NAME].append(row[item[~np.isin(item, own)][:LENGTH]])
        candidates = search.candidates(Rules(exclude=own), LENGTH)
        score = ranker.probabilities(features(search, candidates))
        lists["all sources, ranked"].append(row[candidates.item[top_n(score, candidates.item, LENGTH)]])
    return lists


def own_in(index: Index, hidden: Hidden) -> list[Rows]:
    """The items that each case's shopper has left, in rows of the index: these are not to be shown."""
    row = hidden.log.items.rows_in(index.items)
    return [row[own] for own in hidden.own()]


def learnt(hidden: Hidden, catalogue: CatalogueHistory) -> Ranker:
    """A ranker from the log that is left: each round hides one more item of every shopper."""
    tables: list[Floats] = []
    labels: list[np.ndarray] = []
    columns: tuple[str, ...] = ()
    for _ in range(ROUNDS):
        hidden = Hidden.last(hidden.log, WANTED)
        index = Index.fit(hidden.log, catalogue, SOURCES)
        columns = feature_names(index)
        answer = hidden.log.items.rows_in(index.items)[hidden.item]
        for case, own in enumerate(own_in(index, hidden)):
            search = Search.of(index, hidden.query(index, case))
            candidates = search.candidates(Rules(exclude=own), LENGTH)
            tables.append(features(search, candidates))
            labels.append(candidates.item == answer[case])
    return LogisticTrainer().fit(columns, np.concatenate(tables), np.concatenate(labels), 1.0).ranker


if __name__ == "__main__":
    sys.exit(main())
