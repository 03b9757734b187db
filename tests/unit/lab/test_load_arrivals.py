"""How requests are timed: a server that stalls is seen by an open loop, and hidden by a closed one."""

import threading
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.tools import locust
from lab.tools.locust import Measured, Plan
from loadtests.arrivals import LATE, Pace, overdue
from loadtests.shapes import SHAPES
from tests.servers.small_shop import SmallShop, small_shop

STALL = 1.5  # seconds


@pytest.fixture
def shop() -> Iterator[SmallShop]:
    with small_shop() as shop:
        yield shop


def loaded(shop: SmallShop, folder: Path, plan: Plan, **more: str) -> Measured:
    return locust.run(plan, env=shop.environment | more, folder=folder, cwd=CHECKOUT)


def stalled(shop: SmallShop, folder: Path, rate: float, **more: str) -> Measured:
    """Load a shop that stands still once, in the middle of the run."""

    def stall() -> None:
        wait("orders", lambda: len(shop.orders), lambda n: n > 20, delay=0.01, timeout=30)
        shop.goes_on.clear()
        threading.Timer(STALL, shop.goes_on.set).start()

    thread = threading.Thread(target=stall)
    thread.start()
    try:
        return loaded(shop, folder, Plan("order", users=2, rate=rate, seconds=5), **more)
    finally:
        thread.join()


def test_an_open_loop_sees_a_stall_of_which_a_closed_loop_sees_two_requests(shop: SmallShop, tmp_path: Path) -> None:
    seen = stalled(shop, tmp_path, rate=40)
    assert seen.total.p95 > STALL / 2  # of 5 s of arrivals 1.5 s met the stall, and each waited for its end
    assert seen.total.p50 < STALL / 2
    assert shop.waiting > 2 * STALL  # it was asked on, not once per user
    assert seen.generator.arrivals > 100


def test_what_waits_for_its_turn_is_timed_from_when_it_was_due(shop: SmallShop, tmp_path: Path) -> None:
    seen = stalled(shop, tmp_path, rate=40, LOAD_UNDER_WAY="2")
    assert shop.waiting == 2  # as in a closed loop
    assert seen.total.p95 > STALL / 2
    assert seen.generator.late < seen.generator.arrivals / 10  # the shop's fault, not the generator's


def test_a_closed_loop_hides_the_same_stall(shop: SmallShop, tmp_path: Path) -> None:
    seen = stalled(shop, tmp_path, rate=0)
    assert shop.waiting == 2
    assert seen.total.p95 < STALL / 2
    assert seen.generator.arrivals == 0


def test_the_rate_is_that_of_all_users_together(shop: SmallShop, tmp_path: Path) -> None:
    seen = loaded(shop, tmp_path, Plan("order", users=5, rate=20, seconds=5))
    arrivals = seen.generator.arrivals
    assert arrivals + 5 - seen.total.requests == 0  # five signed up
    assert 60 < arrivals <= 101


def test_workers_share_the_rate_and_tell_of_every_order(shop: SmallShop, tmp_path: Path) -> None:
    seen = loaded(shop, tmp_path, Plan("order", users=4, rate=40, seconds=5, workers=2))
    assert seen.generator.processes == 2
    assert sorted(locust.placed(tmp_path)) == sorted(shop.orders)
    assert seen.generator.arrivals == len(shop.orders)


def test_users_come_and_go_as_a_shape_says(shop: SmallShop, tmp_path: Path) -> None:
    seen = loaded(shop, tmp_path, Plan("order", users=10, rate=50, seconds=10, shape="spike"))
    users = [moment.users for moment in seen.moments]
    assert users[2] == 2
    assert max(users) == 10
    assert users[-1] == 2
    assert len(users) <= 12


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
