from __future__ import annotations

import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten

from recommender.application.forget import Forget
from recommender.domain.errors import InvalidRequest
from recommender.domain.ids import guest

NOW = 1_431_000_000_000


def test_visitors_are_forgotten_up_to_now() -> None:
    forgotten = FakeForgotten()
    assert Forget(forgotten, FixedClock(NOW))(["ada", "bob"]) == 2
    assert forgotten.all() == {"ada": NOW, "bob": NOW}


def test_an_id_that_is_named_twice_counts_once() -> None:
    assert Forget(FakeForgotten(), FixedClock(NOW))(["ada", "ada"]) == 1


def test_a_session_is_that_of_a_guest_and_not_the_shopper_of_that_name() -> None:
    forgotten = FakeForgotten()
    assert Forget(forgotten, FixedClock(NOW))(["ada"], ["ada", "s-81"]) == 3
    assert forgotten.all() == {"ada": NOW, guest("ada"): NOW, guest("s-81"): NOW}


def test_nobody_is_fine() -> None:
    assert Forget(FakeForgotten(), FixedClock(NOW))([]) == 0


def test_who_is_forgotten_again_is_forgotten_up_to_the_later_moment() -> None:
    forgotten, clock = FakeForgotten(), FixedClock(NOW)
    forget = Forget(forgotten, clock)
    forget(["ada"])
    clock.advance(5)
    forget(["ada"])
    assert forgotten.all() == {"ada": NOW + 5}


@pytest.mark.parametrize("wrong", ["", "x" * 65, "a\nb", "\ud800"])
def test_what_is_no_id_is_named_and_nobody_is_forgotten(wrong: str) -> None:
    forgotten = FakeForgotten()
    with pytest.raises(InvalidRequest) as refusal:
        Forget(forgotten, FixedClock(NOW))(["ada", wrong], ["\0"])
    assert repr(wrong) in str(refusal.value)
    assert repr("\0") in str(refusal.value)
    assert forgotten.all() == {}
