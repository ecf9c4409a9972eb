from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, catalogue_of
from worlds import CATEGORY, EVENTS, NOW, VIEW, ranker_of, shop_index

from recommender.domain.catalogue import Property
from recommender.domain.evaluation import POPULARITY, Evaluation, Method, Tally, judge
from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.features import feature_names, features
from recommender.domain.ids import Rows
from recommender.domain.index import Index
from recommender.domain.metrics import LONGEST, METRICS, list_metrics
from recommender.domain.model import recommend
from recommender.domain.popularity import ItemStatistics
from recommender.domain.ranking import LogisticRanker, Ranker
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.rules import Rules
from recommender.domain.search import Search
from recommender.domain.targets import INTERACTION

SHOP = shop_index()
RANKER = ranker_of(SHOP, log_popularity_recent=1.0, own_views=1.0)
LOYAL = ranker_of(SHOP, is_latest_item=10.0)
"""Says that the next item is the latest one."""


def method_of(ranker: Ranker, index: Index = SHOP) -> Method:
    """A ranker of all candidates on all columns, as it is served."""
    columns, sources = np.arange(len(feature_names(index))), np.arange(len(index.sources))
    return Method(ranker.NAME, ranker, columns, sources)


def methods_of(ranker: Ranker = RANKER, index: Index = SHOP) -> list[Method]:
    """What is served, and every source alone."""
    alone = [Method.alone(index, number) for number in range(len(index.sources))]
    return [method_of(ranker, index), *alone]


def replayed(user: str, *items: str, known_only: bool = True) -> Replay:
    """Somebody looks at an item every minute."""
    later = [(NOW + each * MINUTE, user, VIEW, item) for each, item in enumerate(items)]
    log = InteractionLog.of(*EVENTS, *later)
    return Replay.of(SHOP, log, NOW + DAY, INTERACTION, known_only=known_only)


WALK = replayed("ada", *(item for item in CATEGORY if item not in {"seeds", "laptop-c", "phone-d"}))


def judged(replay: Replay, *methods: Method) -> Tally:
    return judge(SHOP, methods, replay, np.arange(len(replay)))


def figures(replay: Replay, ranker: Ranker = RANKER) -> Evaluation:
    return Evaluation.of(SHOP, judged(replay, *methods_of(ranker)))


WALKED = judged(WALK, *methods_of())


def assert_counted_alike(mine: Tally, theirs: Tally) -> None:
    assert mine.shopper == theirs.shopper
    for name in ("all", "new", "shown", "score"):
        one, other = getattr(mine, name), getattr(theirs, name)
        assert one.keys() == other.keys()
        for method, values in one.items():
            for here, there in zip(values, other[method], strict=True):
                np.testing.assert_array_equal(here, there, strict=True)
    for here, there in zip(mine.positive, theirs.positive, strict=True):
        np.testing.assert_array_equal(here, there, strict=True)


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


def test_every_method_has_a_list_and_every_ranker_of_all_candidates_has_scores() -> None:
    found = figures(WALK)
    assert list(found.lists) == ["logistic", *(source.NAME for source in SHOP.sources)]
    assert set(found.scores) == {"logistic", POPULARITY}


def test_the_popular_list_is_worked_out_by_hand() -> None:
    found = figures(replayed("x", "cable", "phone-a", "rake", "phone-b"))
    assert found.lists["popular"]["MRR@5"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert found.lists["own_items"]["HR@20"] == 0


def test_what_is_judged_is_what_would_have_been_served() -> None:
    served = [recommend(SHOP, RANKER, WALK.query(SHOP, case), Rules(), LONGEST) for case in range(len(WALK))]
    for case, ranking in enumerate(served):
        assert WALKED.shown["logistic"][case].tolist() == ranking.item.tolist()
        expected = list_metrics(ranking.item, WALK.positives(case))
        np.testing.assert_array_equal(WALKED.all["logistic"][case], expected)
        best = np.sort(WALKED.score["logistic"][case])[::-1][:LONGEST]
        np.testing.assert_array_equal(best, ranking.score)


def candidates_of(replay: Replay, case: int) -> list[tuple[Rows, Rows]]:
    """Each source's candidates that may be shown, in its own order, and all of them."""
    candidates = Search.of(SHOP, replay.query(SHOP, case)).candidates(Rules(), LONGEST)
    lists = []
    for rank in candidates.rank.T:
        order = np.argsort(-rank, kind="stable")
        lists.append((candidates.item[order[: np.count_nonzero(rank)]], candidates.item))
    return lists


def test_a_source_alone_is_judged_in_its_own_order() -> None:
    for case in range(len(WALK)):
        for source, (item, _) in zip(SHOP.sources, candidates_of(WALK, case), strict=True):
            assert WALKED.shown[source.NAME][case].tolist() == item[:LONGEST].tolist()


def test_a_ranker_of_some_sources_shows_what_these_have_found_and_has_no_scores() -> None:
    own = [source.NAME for source in SHOP.sources].index("own_items")
    everything = method_of(RANKER)
    only_own = Method("ranked own items", RANKER, everything.columns, np.array([own]))
    found = judged(WALK, everything, only_own)
    for case in range(len(WALK)):
        item = candidates_of(WALK, case)[own][0]
        shown = found.shown["ranked own items"][case]
        assert set(shown.tolist()) == set(item.tolist())
        among_all = found.shown["logistic"][case]
        assert shown.tolist() == [each for each in among_all.tolist() if each in shown]
    assert set(found.score) == {"logistic", POPULARITY}


def test_a_ranker_takes_its_own_columns() -> None:
    columns = np.array([feature_names(SHOP).index(name) for name in ("own_views", "log_popularity_recent")])
    small = LogisticRanker(("own_views", "log_popularity_recent"), np.ones(2), RANKER.intercept)
    method = Method("small", small, columns, np.arange(len(SHOP.sources)))
    for one, other in zip(judged(WALK, method).score["small"], WALKED.score["logistic"], strict=True):
        assert one == pytest.approx(other)


def test_what_cannot_order_is_judged_by_its_scores_alone() -> None:
    everything = method_of(RANKER)
    clock = Method("clock", RANKER, everything.columns, everything.sources, orders=False)
    found = Evaluation.of(SHOP, judged(WALK, everything, clock))
    assert set(found.lists) == {"logistic"}
    assert found.scores["clock"] == found.scores["logistic"]


def test_a_candidate_that_no_source_of_a_method_found_comes_last() -> None:
    search = Search.of(SHOP, WALK.query(SHOP, 0))
    candidates = search.candidates(Rules(), LONGEST)
    table = features(search, candidates)
    for number in range(len(SHOP.sources)):
        found = candidates.rank[:, number] > 0
        assert (np.isneginf(Method.alone(SHOP, number).scores(candidates, table)) == ~found).all()
    assert np.isfinite(method_of(RANKER).scores(candidates, table)).all()


def test_cases_are_counted_by_shopper() -> None:
    later = [(NOW + each, user, VIEW, "rake") for each, user in enumerate("xyxzx")]
    replay = Replay.of(SHOP, InteractionLog.of(*EVENTS, *later), NOW + DAY, INTERACTION)
    shopper = judged(replay, method_of(RANKER)).shopper
    assert [shopper.count(each) for each in dict.fromkeys(shopper)] == [3, 1, 1]
    assert shopper == [replay.shopper(case) for case in range(5)]


def test_an_item_that_the_past_did_not_have_is_a_miss_of_every_method() -> None:
    unfiltered = replayed("guest", "rake", "brand-new", "rake", "hose", known_only=False)
    found = judged(unfiltered, *methods_of(LOYAL))
    assert Evaluation.of(SHOP, found).judged["cases with an answer"] == 3
    for values in found.all.values():
        assert values[0].tolist() == [0.0] * len(METRICS)
    assert not found.positive[0].any()
    assert found.all["logistic"][1].tolist() == [1.0] * len(METRICS)


def test_the_share_of_items_that_are_shown_is_of_those_on_sale() -> None:
    shown = np.unique(np.concatenate(WALKED.shown["own_items"]))
    assert figures(WALK).lists["own_items"]["coverage@20"] == len(shown) / 11
    assert figures(WALK).lists["logistic"]["coverage@20"] == 1


def test_showing_everything_is_as_popular_as_the_shop_and_showing_what_was_looked_at_is_more() -> None:
    lists = figures(replayed("x", "cable", "phone-a", "rake", "phone-b")).lists
    popularity = SHOP.statistics.table[:, ItemStatistics.COLUMNS.index("log_popularity_long")]
    percentile = (1 + np.argsort(np.argsort(popularity, kind="stable"))) / 12
    everything = percentile[SHOP.available].mean()
    assert lists["logistic"]["popularity bias@20"] == pytest.approx(everything)
    assert lists["popular"]["popularity bias@20"] == pytest.approx(everything)
    assert everything < lists["own_items"]["popularity bias@20"] <= 1


def test_means_are_over_the_lists_with_an_answer() -> None:
    found, lists = figures(WALK), np.stack(WALKED.all["logistic"])
    assert found.judged["cases with an answer"] == len(lists) - 1
    for number, name in enumerate(METRICS):
        assert found.lists["logistic"][name] == pytest.approx(lists[:-1, number].mean())


def test_the_mean_score_is_over_all_rows() -> None:
    expected = np.concatenate(WALKED.score["logistic"]).mean()
    assert Evaluation.of(SHOP, WALKED).scores["logistic"]["mean score"] == pytest.approx(expected)


def test_without_a_right_answer_there_are_no_figures_of_lists_and_no_areas() -> None:
    found = figures(replayed("ada", "rake"))
    assert found.judged["cases with an answer"] == 0
    assert "HR@5" not in found.lists["logistic"]
    assert set(found.scores["logistic"]) == {"mean score"}
    assert found.scores["popularity"] == {}


def test_whether_there_is_anything_to_judge_is_known() -> None:
    assert not Tally().answers()
    assert not judged(replayed("ada", "rake"), method_of(RANKER)).answers()
    assert judged(replayed("ada", "rake", "rake"), method_of(RANKER)).answers()


def test_a_shop_that_is_sold_out_is_judged_on_no_rows() -> None:
    past = (T0, "u", VIEW, "a")
    index = Index.fit(InteractionLog.of(past), catalogue_of([(T0, "a", Property.AVAILABLE, "0")]), SOURCES)
    log = InteractionLog.of(past, (T0 + 1, "u", VIEW, "a"), (T0 + 2, "u", VIEW, "a"))
    replay = Replay.of(index, log, T0 + DAY, INTERACTION)
    tally = judge(index, methods_of(ranker_of(index), index), replay, np.arange(len(replay)))
    found = Evaluation.of(index, tally)
    assert not tally.answers(), "there is an answer, but no candidate"
    assert (found.judged["cases"], found.judged["rows"], found.judged["base rate"]) == (2, 0, 0)
    assert found.scores == {"logistic": {}, POPULARITY: {}}
    assert found.lists["logistic"]["coverage@20"] == 0
    assert found.lists["logistic"]["HR@20"] == 0
    assert "popularity bias@20" not in found.lists["logistic"]


@given(st.integers(0, len(WALK)), st.integers(0, len(WALK)))
@LAW
def test_merging_the_tallies_of_parts_is_counting_in_one_pass(first: int, second: int) -> None:
    cases = np.arange(len(WALK))
    low, high = sorted((first, second))
    merged = Tally()
    for part in (cases[:low], cases[low:high], cases[high:]):
        merged.merge(judge(SHOP, methods_of(), WALK, part))
    assert_counted_alike(merged, WALKED)


def test_merging_into_an_empty_tally_does_not_tie_it_to_the_other() -> None:
    part, merged = judge(SHOP, methods_of(), WALK, np.arange(2)), Tally()
    merged.merge(part)
    merged.merge(part)
    for each, cases in ((part, 2), (merged, 4)):
        assert len(each.shopper) == len(each.positive) == cases
        for values in (each.all, each.new, each.shown, each.score):
            assert {len(lists) for lists in values.values()} == {cases}
