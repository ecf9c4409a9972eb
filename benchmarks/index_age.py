"""What an index loses by its age: one ranker with an index up to the last days of the log, and an old one.

    python -m benchmarks.index_age

So a comparison of versions would be decided by who was fitted later (docs/adr/0008). The ranker is the
baseline, which is fitted in seconds; it has seen nothing after the older index.
"""

from __future__ import annotations

import sys

import numpy as np

from recommender.application.evaluate import tallied
from recommender.application.fit import drawn
from recommender.application.promotion import COMPARED_CASES
from recommender.container import Container
from recommender.domain.evaluation import Method
from recommender.domain.events import DAY
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.promotion import HIT, clustered_error
from recommender.domain.ranking import Ranker
from recommender.domain.replay import Replay
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import INTERACTION
from recommender.entrypoints.cli.screen import shown
from recommender.settings import read_settings

SEED = 7


def main() -> int:
    """Print HR@20 of the last 1 and 3 days of the log with both indexes, and the difference."""
    container = Container(settings=read_settings(), progress=shown)
    log, catalogue, fit = container.events().read(), container.catalogue().history(), container.fit()
    stretch = newest_stretch(log.start, log.end, (INTERACTION,))
    past = log.until(stretch.start)
    lesson = fit.lesson(past, catalogue, (INTERACTION,), SEED, stretch.start)
    ranker = lesson.taught(container.trainers().baseline).ranker
    older = fit.index(past, catalogue)

    def hits(index: Index, ranker: Ranker, since: int) -> tuple[Floats, np.ndarray]:
        replay = Replay.of(index, log, stretch.stop, INTERACTION, known_only=False).since(since)
        cases = replay.answered()
        cases = cases[drawn(len(cases), COMPARED_CASES, np.random.default_rng(SEED))]
        tally = tallied(fit, index, [Method.served(index, ranker)], replay, cases)
        return np.stack(tally.all[ranker.NAME])[:, HIT], np.array(tally.shopper)

    for days in (1, 3):
        since = log.end - days * DAY
        young, shopper = hits(fit.index(log.until(since), catalogue), ranker, since)
        old, _ = hits(older, ranker, since)
        age, error = (since - stretch.start) / DAY, clustered_error(old - young, shopper)
        print(
            f"last {days} days, {len(shopper):,} cases: HR@20 {young.mean():.1%}, with an index "
            f"{age:.1f} days older {100 * (old - young).mean():+.2f} points, standard error {100 * error:.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
