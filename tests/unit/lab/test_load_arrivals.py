"""When requests are due, and how many users there are at which time."""

from time import perf_counter

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.arrivals import LATE, Pace, overdue
from loadtests.shapes import SHAPES


@given(st.sampled_from(sorted(SHAPES)), st.floats(0, 1), st.integers(1, 500))
def test_a_shape_never_has_more_users_than_said_and_never_none(name: str, at: float, most: int) -> None:
    assert 1 <= SHAPES[name].users(at, most) <= most


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_goes_from_start_to_end_in_the_order_of_time(name: str) -> None:
    times = [at for at, _ in SHAPES[name].points]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, 1)


def test_shapes_are_what_their_names_say() -> None:
    assert [SHAPES["ramp"].users(at, 100) for at in (0, 0.25, 0.5, 1)] == [1, 25, 50, 100]
    assert [SHAPES["spike"].users(at, 100) for at in (0.39, 0.4, 0.59, 0.6)] == [20, 100, 100, 20]
    assert {SHAPES["soak"].users(at / 10, 100) for at in range(11)} == {50}
    assert SHAPES["black-friday"].users(0.25, 100) == 100


def test_a_generator_that_is_kept_from_its_work_says_that_it_was_late() -> None:
    late: list[bool] = []
    pace = Pace(1000, 10, late.append)
    until = perf_counter() + 2 * LATE
    while perf_counter() < until:
        pass  # as a generator without a CPU
    pace.take(lambda: None)
    pace.finish(1)
    assert late == [True]


def test_an_arrival_that_had_to_wait_for_others_is_overdue_and_not_the_generators_fault() -> None:
    late: list[bool] = []
    waited: list[float] = []

    def work() -> None:
        waited.append(overdue())
        gevent.sleep(2 * LATE)

    pace = Pace(1000, 1, late.append)
    gevent.sleep(pace.until_next())
    for _ in range(3):
        pace.take(work)
    pace.finish(10)
    assert late[1:] == [False, False]
    assert waited[2] > 3 * LATE
