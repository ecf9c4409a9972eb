from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from itertools import count, islice

import numpy as np
import pytest
from fakes.workers import InProcessWorkers, ThreadWorkers

from recommender.adapters.parallel import JoblibWorkers
from recommender.application.ports import Workers

WORKERS = [JoblibWorkers(), JoblibWorkers(1), JoblibWorkers(2), InProcessWorkers(), ThreadWorkers()]


def square(number: int) -> int:
    return number * number


def process(_: int) -> int:
    return os.getpid()


def refuse_three(number: int) -> int:
    if number == 3:
        raise LookupError("three")
    return number


def total(numbers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(numbers.sum())


@pytest.fixture(params=WORKERS, ids=lambda each: f"{type(each).__name__}{vars(each) or ''}")
def workers(request: pytest.FixtureRequest) -> Workers:
    found: Workers = request.param
    return found


@pytest.mark.parametrize("parts", [0, 1, 2, 3, 50])
def test_the_results_are_in_the_order_of_the_parts(workers: Workers, parts: int) -> None:
    assert list(workers.map(square, range(parts))) == [square(number) for number in range(parts)]


def test_parts_may_come_from_a_generator(workers: Workers) -> None:
    assert list(workers.map(square, (number for number in range(5)))) == [0, 1, 4, 9, 16]


def test_what_a_part_raises_is_raised_to_who_asked(workers: Workers) -> None:
    with pytest.raises(LookupError, match="three"):
        list(workers.map(refuse_three, range(10)))


def test_what_the_parts_raise_is_raised_to_who_asked(workers: Workers) -> None:
    def broken() -> Iterator[int]:
        yield from range(5)
        raise LookupError("no more parts")

    with pytest.raises(LookupError, match="no more parts"):
        list(workers.map(square, broken()))


def test_work_goes_on_after_a_refusal() -> None:
    with pytest.raises(LookupError):
        list(JoblibWorkers(2).map(refuse_three, range(10)))
    assert list(JoblibWorkers(2).map(square, range(3))) == [0, 1, 4]


@pytest.mark.parametrize("processes", [-1, 1, 2])
def test_a_single_part_is_done_here(processes: int) -> None:
    assert list(JoblibWorkers(processes).map(process, [0])) == [os.getpid()]


def test_one_process_is_this_one() -> None:
    assert set(JoblibWorkers(1).map(process, range(5))) == {os.getpid()}


def test_several_parts_are_done_elsewhere() -> None:
    assert os.getpid() not in set(JoblibWorkers(2).map(process, range(5)))


@pytest.mark.parametrize("processes", [1, 2])
def test_parts_are_taken_as_they_are_needed(processes: int) -> None:
    taken = count()
    endless = (next(taken) for _ in count())
    results = JoblibWorkers(processes).map(square, endless)
    assert list(islice(results, 3)) == [0, 1, 4]
    assert isinstance(results, Generator)
    results.close()  # whoever is interrupted asks for no more
    assert next(taken) < 100


def test_nothing_is_taken_before_the_first_result_is_asked_for() -> None:
    taken = count()
    JoblibWorkers(2).map(square, (next(taken) for _ in range(5)))
    assert next(taken) == 0


def test_big_arrays_arrive_whole() -> None:
    arrays = [np.full(300_000, float(number)) for number in range(3)]
    assert list(JoblibWorkers(2).map(total, arrays)) == [0.0, 300_000.0, 600_000.0]
