"""How requests are timed: a server that stalls is seen by an open loop, and hidden by a closed one."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.tools import locust
from lab.tools.locust import Measured, Plan
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
    assert shop.waiting > 2 * STALL  # it was asked on, not once per user
    assert seen.generator.arrivals == seen.total.requests - 2  # two signed up


def test_what_waits_for_its_turn_is_timed_from_when_it_was_due(shop: SmallShop, tmp_path: Path) -> None:
    seen = stalled(shop, tmp_path, rate=40, LOAD_UNDER_WAY="2")
    assert shop.waiting == 2  # as in a closed loop
    assert seen.total.p95 > STALL / 2


def test_a_closed_loop_hides_the_same_stall(shop: SmallShop, tmp_path: Path) -> None:
    seen = stalled(shop, tmp_path, rate=0)
    assert shop.waiting == 2
    assert seen.total.p95 < STALL / 2
    assert seen.generator.arrivals == 0


def test_the_rate_is_that_of_all_users_together(shop: SmallShop, tmp_path: Path) -> None:
    seen = loaded(shop, tmp_path, Plan("order", users=5, rate=20, seconds=5))
    arrivals = seen.generator.arrivals
    assert arrivals + 5 - seen.total.requests == 0  # five signed up
    assert 25 < arrivals <= 101


def test_workers_share_the_rate_and_tell_of_every_order(shop: SmallShop, tmp_path: Path) -> None:
    seen = loaded(shop, tmp_path, Plan("order", users=4, rate=40, seconds=5, workers=2))
    assert seen.generator.processes == 2
    assert sorted(locust.placed(tmp_path)) == sorted(shop.orders)
    assert seen.generator.arrivals == len(shop.orders)
    assert seen.total.requests == len(shop.orders) + 4  # four signed up


def test_workers_are_waited_for_until_their_last_requests_are_answered(shop: SmallShop, tmp_path: Path) -> None:
    shop.takes = 2  # far longer than Locust waits by itself
    seen = loaded(shop, tmp_path, Plan("order", users=4, rate=20, seconds=8, workers=2))
    assert seen.total.requests == len(shop.orders) + 4  # four signed up
    assert seen.generator.processes == 2


def test_times_below_a_second_are_kept_to_the_millisecond(shop: SmallShop, tmp_path: Path) -> None:
    shop.takes = 0.15
    loaded(shop, tmp_path, Plan("order", users=10, rate=0, seconds=3))
    rows = json.loads((tmp_path / "locust.json").read_text())
    assert any(int(ms) % 10 for row in rows for ms in row["response_times"] if 100 < int(ms) < 1000)


def test_users_come_and_go_as_a_shape_says(shop: SmallShop, tmp_path: Path) -> None:
    seen = loaded(shop, tmp_path, Plan("order", users=10, rate=50, seconds=10, shape="spike"))
    users = [moment.users for moment in seen.moments if moment.users]
    assert (users[0], max(users), users[-1]) == (2, 10, 2)
