from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import CATEGORY, EVENTS, NOW, SOLD_OUT, TREE, ago, ranker_of, shop_index, shop_model

from recommender.application.recommend import Answer, GivenEvent, Recommend, Request, moment_of
from recommender.application.wishes import LARGEST_N
from recommender.domain.errors import InvalidRequest
from recommender.domain.events import DAY, EventType
from recommender.domain.model import Model

VIEW, CART, BUY = EventType
MODEL = shop_model()
INDEX = MODEL.index
ON_SALE = {*CATEGORY, "gift-card"} - {SOLD_OUT}
LATEST_FIRST = Recommend(Model(INDEX, ("latest",), (ranker_of(INDEX, -9.0, own_items_rank=6.0),)))
"""Puts the shopper's latest item first, and the one before it second."""


def answer(request: Request, now: int = NOW) -> Answer:
    return Recommend(MODEL)(request, now)


def items(request: Request, now: int = NOW) -> list[str]:
    return shown(answer(replace(request, n=LARGEST_N), now))


def shown(found: Answer) -> list[str]:
    return [each.item_id for each in found.recommendations]


def first_two(*events: GivenEvent, at: int | None = None, user_id: str | None = None) -> list[str]:
    request = Request(user_id=user_id, events=events, at=at, n=2, exclude_bought=False)
    return shown(LATEST_FIRST(request, NOW))


def test_a_known_shopper_is_answered_by_what_they_did() -> None:
    found = answer(Request(user_id="cleo", goal="interaction"))
    assert found.user_known
    assert "laptop-b" in shown(found)
    assert {each.item_id: each.reason for each in found.recommendations}["laptop-a"] == "in_cart"


def test_an_unknown_shopper_is_answered_as_a_guest_is() -> None:
    unknown, guest = answer(Request(user_id="nobody")), answer(Request())
    assert not unknown.user_known
    assert not guest.user_known
    assert unknown == guest
    assert {each.reason for each in guest.recommendations} == {"popular", "trending"}


def test_the_empty_string_is_a_user_id_that_nobody_has() -> None:
    assert answer(Request(user_id="")) == answer(Request())


def test_only_what_has_something_in_common_with_the_shoppers_items_is_called_similar() -> None:
    """Nobody who looked at a phone, a laptop or a cable looked at a rake or a hose."""
    found = answer(Request(events=(GivenEvent("hose"), GivenEvent("rake")), n=LARGEST_N))
    similar = {each.item_id for each in found.recommendations if each.reason == "similar_item"}
    assert similar <= {"hose", "rake"}


def test_given_events_change_the_answer() -> None:
    given_rake = Request(events=(GivenEvent("rake"), GivenEvent("rake")), goal="interaction", n=3)
    assert answer(given_rake) != answer(replace(given_rake, events=()))
    assert {"hose", "seeds"} < set(items(replace(given_rake, category="garden")))


def test_unknown_items_among_the_given_events_are_ignored_and_listed() -> None:
    request = Request(events=(GivenEvent("unicorn"), GivenEvent("rake"), GivenEvent("griffin", CART)))
    found = answer(request)
    assert found.ignored_items == ("unicorn", "griffin")
    assert found.recommendations == answer(replace(request, events=request.events[1:2])).recommendations


def test_events_of_unknown_items_only_are_as_good_as_none() -> None:
    found = answer(Request(events=(GivenEvent("unicorn", BUY, NOW),)), now=NOW)
    assert found == replace(answer(Request()), ignored_items=("unicorn",))


def test_an_unknown_item_s_time_still_tells_the_moment() -> None:
    events = (GivenEvent("unicorn", VIEW, ago(days=-40)),)
    assert "phone-a" not in items(Request(user_id="bob"))
    assert "phone-a" in items(Request(user_id="bob", events=events))


def test_an_item_of_the_catalogue_that_nobody_ever_looked_at_is_known() -> None:
    assert answer(Request(events=(GivenEvent("laptop-c"),))).ignored_items == ()


def test_the_moment_is_at_else_the_newest_given_time_else_now() -> None:
    older, newer = GivenEvent("rake", VIEW, ago(days=3)), GivenEvent("hose", VIEW, ago(days=2))
    untimed = GivenEvent("rake")
    assert moment_of(Request(at=ago(days=9), events=(older, newer)), NOW) == ago(days=9)
    assert moment_of(Request(at=0, events=(older,)), NOW) == 0
    assert moment_of(Request(events=(newer, untimed, older)), NOW) == ago(days=2)
    assert moment_of(Request(events=(untimed,)), NOW) == NOW
    assert moment_of(Request(), NOW) == NOW


def test_at_decides_what_was_just_bought() -> None:
    assert "phone-a" not in items(Request(user_id="bob"))
    assert "phone-a" in items(Request(user_id="bob", at=ago(days=-40)))
    assert "phone-a" in items(Request(user_id="bob", at=ago(days=2))), "it was not bought yet"


def test_now_is_the_moment_of_a_request_that_brings_none() -> None:
    assert answer(Request(user_id="bob"), now=ago(days=-40)) == answer(
        Request(user_id="bob", at=ago(days=-40)), now=NOW
    )


def test_events_without_a_time_happen_at_the_moment_in_the_given_order() -> None:
    assert first_two(GivenEvent("rake"), GivenEvent("hose")) == ["hose", "rake"]
    assert first_two(GivenEvent("hose"), GivenEvent("rake")) == ["rake", "hose"]


def test_events_with_and_without_a_time_keep_the_given_order_at_the_moment() -> None:
    timed = GivenEvent("cable", VIEW, ago(minutes=1))
    assert first_two(GivenEvent("rake"), timed, GivenEvent("hose")) == ["hose", "cable"]
    assert first_two(GivenEvent("rake"), timed, GivenEvent("hose"), at=NOW) == ["hose", "rake"]


def test_events_with_times_are_put_in_order() -> None:
    first, second = GivenEvent("rake", VIEW, ago(minutes=9)), GivenEvent("hose", VIEW, ago(minutes=8))
    assert first_two(first, second) == first_two(second, first) == ["hose", "rake"]


def test_given_events_come_after_stored_ones_of_the_same_time() -> None:
    last_of_ada = EVENTS[-1][0]
    assert first_two(GivenEvent("rake"), at=last_of_ada, user_id="ada") == ["rake", "phone-a"]


def test_given_events_may_be_older_than_stored_ones() -> None:
    old = GivenEvent("rake", VIEW, ago(minutes=8))
    assert first_two(old, at=ago(minutes=8), user_id="ada") == ["rake", "phone-b"]
    assert first_two(old, at=ago(minutes=7), user_id="ada") == ["phone-a", "rake"]


def test_given_events_later_than_at_are_not_looked_at() -> None:
    at = ago(minutes=10)
    now, later = GivenEvent("rake", VIEW, at), GivenEvent("hose", BUY, at + 1)
    request = Request(events=(now,), at=at, n=LARGEST_N)
    assert answer(replace(request, events=(now, later))) == answer(request)
    assert first_two(now, later, at=at)[0] == "rake"


def test_stored_events_later_than_at_are_not_looked_at_either() -> None:
    assert (
        answer(Request(user_id="ada", at=ago(days=30))).recommendations == answer(Request()).recommendations
    )


@pytest.mark.parametrize("n", [-1, 0, LARGEST_N + 1])
def test_an_n_out_of_bounds_is_refused(n: int) -> None:
    with pytest.raises(InvalidRequest, match=f"n: expected 1 to 100, not {n}"):
        answer(Request(n=n))


@pytest.mark.parametrize("most", [-1, 0, LARGEST_N + 1])
def test_a_limit_per_category_out_of_bounds_is_refused(most: int) -> None:
    with pytest.raises(InvalidRequest, match=f"max_per_category: expected 1 to 100, not {most}"):
        answer(Request(max_per_category=most))


@pytest.mark.parametrize(("n", "length"), [(1, 1), (5, 5), (11, 11), (12, 11), (100, 11)])
def test_the_list_has_n_items_or_all_that_may_be_shown(n: int, length: int) -> None:
    assert len(answer(Request(n=n)).recommendations) == length == min(n, len(ON_SALE))


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    everything = items(Request(user_id="eve"))
    assert [shown(answer(Request(user_id="eve", n=n))) for n in range(1, 12)] == [
        everything[:n] for n in range(1, 12)
    ]


def test_the_first_goal_of_the_model_is_the_default() -> None:
    assert answer(Request(user_id="ada")) == answer(Request(user_id="ada", goal="purchase"))
    assert answer(Request(user_id="ada")) != answer(Request(user_id="ada", goal="interaction"))


def test_a_goal_that_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="goal: this model knows purchase, interaction; not 'profit'"):
        answer(Request(goal="profit"))


def test_a_category_shows_its_subtree_only() -> None:
    phones = {"phone-a", "phone-b", "phone-c"}
    laptops = {"laptop-a", "laptop-b", "laptop-c"}
    assert set(items(Request(category="phones"))) == phones
    assert set(items(Request(category="electronics"))) == phones | laptops | {"cable"}
    assert set(items(Request(user_id="ada", category="garden"))) == {"rake", "hose", "seeds"}


def test_a_category_that_the_catalogue_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="category: the catalogue has no category 'toys'"):
        answer(Request(category="toys"))


def test_excluded_items_are_not_shown_and_unknown_ones_among_them_do_no_harm() -> None:
    everything = items(Request())
    assert items(Request(exclude=("unicorn",))) == everything
    assert items(Request(exclude=("unicorn", everything[0], everything[0]))) == everything[1:]
    assert items(Request(exclude=tuple(ON_SALE))) == []


def test_exclude_seen_leaves_out_what_was_stored_and_what_is_given() -> None:
    request = Request(user_id="ada", events=(GivenEvent("rake"),), exclude_seen=True)
    assert set(items(request)) == ON_SALE - {"phone-a", "phone-b", "rake"}


def test_one_of_each_category_is_the_best_of_each_and_what_has_none() -> None:
    one_each = items(Request(user_id="ada", max_per_category=1))
    assert one_each == ["phone-a", "rake", "cable", "laptop-a", "gift-card"]
    assert one_each == [each for each in items(Request(user_id="ada")) if each in one_each]


def test_what_was_just_bought_is_left_out_unless_it_is_wanted() -> None:
    assert "rake" not in items(Request(user_id="dan"))
    assert "rake" in items(Request(user_id="dan", exclude_bought=False))
    assert "hose" not in items(Request(events=(GivenEvent("hose", BUY),)))
    assert "hose" in items(Request(events=(GivenEvent("hose", CART),)))


@pytest.mark.parametrize(("days", "at"), [(30, ago()), (30, ago(days=-28)), (0, ago(minutes=60 * 2 + 1))])
def test_a_purchase_counts_as_just_bought_for_so_long_and_not_longer(days: int, at: int) -> None:
    bought_at = next(time for time, user, kind, _ in EVENTS if user == "dan" and kind == BUY)
    request = Request(user_id="dan", n=LARGEST_N)
    recommend = Recommend(MODEL, bought_within=days * DAY)
    assert "rake" not in shown(recommend(replace(request, at=at), NOW))
    assert "rake" not in shown(recommend(replace(request, at=bought_at + days * DAY), NOW))
    assert "rake" in shown(recommend(replace(request, at=bought_at + days * DAY + 1), NOW))


USERS = st.sampled_from([None, "", "ada", "bob", "cleo", "dan", "eve", "flo", "nobody"])
ITEM_IDS = st.sampled_from([*sorted(CATEGORY), "gift-card", "unicorn"])
TIMES = st.one_of(st.none(), st.integers(ago(days=50), ago(days=-50)))
REQUESTS = st.builds(
    Request,
    user_id=USERS,
    events=st.lists(st.builds(GivenEvent, ITEM_IDS, st.sampled_from(EventType), TIMES), max_size=6).map(
        tuple
    ),
    n=st.integers(1, LARGEST_N),
    at=TIMES,
    goal=st.sampled_from([None, "purchase", "interaction"]),
    category=st.sampled_from([None, *TREE]),
    exclude=st.lists(ITEM_IDS, max_size=4).map(tuple),
    exclude_seen=st.booleans(),
    exclude_bought=st.booleans(),
    max_per_category=st.none() | st.integers(1, 4),
)


@given(REQUESTS)
def test_an_answer_holds_what_may_be_shown_best_first(request: Request) -> None:
    found = answer(request)
    scores = [each.score for each in found.recommendations]
    assert len(shown(found)) == len(set(shown(found))) == min(request.n, fitting(request))
    assert max(of_each_category(shown(found)).values(), default=0) <= (request.max_per_category or LARGEST_N)
    assert set(shown(found)) <= may_be_shown(request)
    assert all(0 <= score <= 1 for score in scores)
    best_first = sorted(found.recommendations, key=lambda each: (-each.score, each.item_id))
    assert list(found.recommendations) == best_first
    assert answer(request) == found, "the same request got another answer"


def may_be_shown(request: Request) -> set[str]:
    """What the rules of the shop allow, worked out from its events one by one."""
    at = moment_of(request, NOW)
    past = [(time, kind, item) for time, user, kind, item in EVENTS if user == request.user_id]
    past += [
        (at if each.timestamp is None else each.timestamp, each.type, each.item_id) for each in request.events
    ]
    past = [event for event in past if event[0] <= at]
    out = set(request.exclude)
    if request.exclude_seen:
        out |= {item for _, _, item in past}
    if request.exclude_bought:
        out |= {item for time, kind, item in past if kind == BUY and at - time <= 30 * DAY}
    if request.category is not None:
        out |= {item for item in ON_SALE if request.category not in path(CATEGORY.get(item))}
    return ON_SALE - out


def fitting(request: Request) -> int:
    """How many of these fit into one list."""
    allowed = may_be_shown(request)
    if request.max_per_category is None:
        return len(allowed)
    sizes = of_each_category(allowed)
    return len(allowed - {*CATEGORY}) + sum(min(each, request.max_per_category) for each in sizes.values())


def of_each_category(found: Iterable[str]) -> Counter[str]:
    return Counter(CATEGORY[each] for each in found if each in CATEGORY)


def path(category: str | None) -> list[str]:
    return [] if category is None else [category, *path(TREE[category])]


def test_the_index_of_these_tests_has_what_its_drawing_says() -> None:
    assert set(shop_index().items.ids(range(len(INDEX.items)))) == ON_SALE | {SOLD_OUT}
