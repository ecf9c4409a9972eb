from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, catalogue_of
from worlds import CATEGORY, EVENTS, NOW, VIEW, ranker_of, shop_index

from recommender.domain.catalogue import Property
from recommender.domain.evaluation import Evaluation, Tally, judge
from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.index import Index
from recommender.domain.metrics import LONGEST
from recommender.domain.model import recommend
from recommender.domain.ranking import Ranker
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.rules import Rules
from recommender.domain.targets import INTERACTION

SHOP = shop_index()
RANKER = ranker_of(SHOP, log_popularity_recent=1.0, own_views=1.0)
LOYAL = ranker_of(SHOP, is_latest_item=10.0)
"""Says that the next item is the latest one."""


def replayed(user: str, *items: str) -> Replay:
    """Somebody looks at an item every minute."""
    later = [(NOW + each * MINUTE, user, VIEW, item) for each, item in enumerate(items)]
    return Replay.of(SHOP, InteractionLog.of(*EVENTS, *later), NOW + DAY, INTERACTION)


WALK = replayed("ada", *(item for item in CATEGORY if item not in {"seeds", "laptop-c", "phone-d"}))


def figures(replay: Replay, ranker: Ranker = RANKER) -> Evaluation:
    return Evaluation.of(SHOP, ranker, judge(SHOP, ranker, replay, np.arange(len(replay))))


WALKED = judge(SHOP, RANKER, WALK, np.arange(len(WALK)))


def assert_counted_alike(mine: Tally, theirs: Tally) -> None:
    for one, other in ((mine.all, theirs.all), (mine.new, theirs.new)):
        assert {method: each.cases for method, each in one.items()} == {
            method: each.cases for method, each in other.items()
        }
        for method, metrics in one.items():
            assert metrics.sums == pytest.approx(other[method].sums)
    assert mine.shown == theirs.shown
    for name in ("score", "popularity", "positive"):
        np.testing.assert_array_equal(
            np.concatenate(getattr(mine, name)), np.concatenate(getattr(theirs, name)), strict=True
        )


def test_a_ranker_that_is_always_right_has_perfect_figures() -> None:
    found = figures(replayed("ada", "rake", "rake", "rake"), LOYAL)
    served = found.lists["logistic"]
    for name in ("HR@5", "MRR@5", "nDCG@5", "recall@5", "MRR@20"):
        assert served[name] == 1.0


def test_areas_are_over_the_rows_of_all_cases_together() -> None:
    """The rake has the highest score in all three cases, is right in two, and 30 other rows are below."""
    scores = figures(replayed("ada", "rake", "rake", "rake"), LOYAL).scores["logistic"]
    assert scores["ROC-AUC"] == pytest.approx((30 + 1 / 2) / 31)
    assert scores["average precision"] == pytest.approx(2 / 3)


def test_what_is_judged_is_counted() -> None:
    found = figures(replayed("ada", "rake", "rake", "rake"), LOYAL)
    assert found.judged == {
        "cases": 3,
        "cases with an answer": 2,
        "cases with a new answer": 0,
        "rows": 33,
        "positive rows": 2,
        "base rate": pytest.approx(2 / 33),
    }


def test_an_answer_that_was_already_looked_at_in_the_session_is_not_new() -> None:
    found = figures(replayed("x", "rake", "hose", "rake", "cable"))
    assert found.judged["cases with an answer"] == 3
    assert found.judged["cases with a new answer"] == 2
    assert found.lists["own_items"]["HR@5"] == pytest.approx(1 / 3)
    assert found.lists["own_items"]["new HR@5"] == 0


def test_every_source_is_judged_alone_and_reranked() -> None:
    sources = [source.NAME for source in SHOP.sources]
    expected = {"logistic", *sources, *(f"{name} ranked" for name in sources)}
    found = figures(WALK)
    assert set(found.lists) == expected
    assert set(found.scores) == {"logistic", "popularity"}


def test_the_popular_list_is_worked_out_by_hand() -> None:
    found = figures(replayed("x", "cable", "phone-a", "rake", "phone-b"))
    assert found.lists["popular"]["MRR@5"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert found.lists["own_items"]["HR@20"] == 0


def test_what_is_judged_is_what_would_have_been_served() -> None:
    tally = judge(SHOP, RANKER, WALK, np.arange(len(WALK)))
    served = [recommend(SHOP, RANKER, WALK.query(SHOP, case), Rules(), LONGEST) for case in range(len(WALK))]
    assert tally.shown == {item for ranking in served for item in ranking.item.tolist()}
    hits = [
        bool(set(ranking.item[:5].tolist()) & set(WALK.positives(case).tolist()))
        for case, ranking in enumerate(served)
    ]
    assert tally.all["logistic"].sums["HR@5"] == sum(hits)
    for ranking, score in zip(served, tally.score, strict=True):
        np.testing.assert_array_equal(np.sort(score)[::-1][:LONGEST], ranking.score)


def test_the_share_of_items_that_are_shown_is_a_share() -> None:
    assert 0 < figures(WALK).lists["logistic"]["coverage@20"] <= 1


def test_the_mean_score_is_over_all_rows() -> None:
    tally = judge(SHOP, RANKER, WALK, np.arange(len(WALK)))
    expected = np.concatenate(tally.score).mean()
    assert Evaluation.of(SHOP, RANKER, tally).scores["logistic"]["mean score"] == pytest.approx(expected)


def test_without_a_right_answer_there_are_no_figures_of_lists_and_no_areas() -> None:
    found = figures(replayed("ada", "rake"))
    assert found.judged["cases with an answer"] == 0
    assert "HR@5" not in found.lists["logistic"]
    assert set(found.scores["logistic"]) == {"mean score"}
    assert found.scores["popularity"] == {}


def test_a_shop_that_is_sold_out_is_judged_on_no_rows() -> None:
    past = (T0, "u", VIEW, "a")
    index = Index.fit(InteractionLog.of(past), catalogue_of([(T0, "a", Property.AVAILABLE, "0")]), SOURCES)
    replay = Replay.of(index, InteractionLog.of(past, (T0 + 1, "u", VIEW, "a")), T0 + DAY, INTERACTION)
    ranker = ranker_of(index)
    found = Evaluation.of(index, ranker, judge(index, ranker, replay, np.arange(len(replay))))
    assert (found.judged["cases"], found.judged["rows"], found.judged["base rate"]) == (1, 0, 0)
    assert found.scores == {"logistic": {}, "popularity": {}}
    assert found.lists["logistic"]["coverage@20"] == 0


@given(st.integers(0, len(WALK)), st.integers(0, len(WALK)))
@LAW
def test_merging_the_tallies_of_parts_is_counting_in_one_pass(first: int, second: int) -> None:
    cases = np.arange(len(WALK))
    low, high = sorted((first, second))
    merged = Tally()
    for part in (cases[:low], cases[low:high], cases[high:]):
        merged.merge(judge(SHOP, RANKER, WALK, part))
    assert_counted_alike(merged, WALKED)


def test_merging_into_an_empty_tally_does_not_tie_it_to_the_other() -> None:
    part, merged = judge(SHOP, RANKER, WALK, np.arange(2)), Tally()
    merged.merge(part)
    merged.merge(part)
    assert part.all["logistic"].cases == 2
    assert merged.all["logistic"].cases == 4
    assert (len(part.score), len(merged.score)) == (2, 4)
