"""Load beside something else: it outlives the services, tells what was promised, and nothing of it stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.core import stop
from lab.core.errors import CommandError, Interrupted
from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.tools import locust, processes
from lab.tools.locust import Background
from tests.servers.small_shop import SmallShop, small_shop


@pytest.fixture
def shop() -> Iterator[SmallShop]:
    with small_shop() as shop:
        yield shop


def background(shop: SmallShop, folder: Path, scenario: str = "Order", at_most: int = 60) -> Background:
    return Background(
        scenario, users=3, rate=30, env=shop.environment, folder=folder, cwd=CHECKOUT, at_most=at_most
    )  # fmt: skip


def more_orders(load: Background, count: int = 5) -> None:
    goal = len(load.placed()) + count
    wait("orders", lambda: len(load.placed()), lambda n: n >= goal, delay=0.05, timeout=30)


def failures(folder: Path) -> int:
    file = folder / "failures.jsonl"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_load_outlives_the_services_and_finds_them_again(shop: SmallShop, tmp_path: Path) -> None:
    with background(shop, tmp_path) as load:
        wait("orders", lambda: len(shop.orders), lambda n: n >= 5, delay=0.05, timeout=30)
        shop.close()
        wait("failures", lambda: failures(tmp_path), lambda n: n > 5, delay=0.05, timeout=30)
        assert load.alive()
        assert sorted(load.placed()) == sorted(shop.orders)
        shop.open()
        more_orders(load)
        seen = load.stop()
        assert load.stop() is seen
        assert not load.alive()
    assert sorted(load.placed()) == sorted(shop.orders)
    assert seen.total.requests - seen.total.failures == len(shop.orders) + 3  # three signed up
    assert seen.total.failures > 5
    assert sum(moment.failures for moment in seen.moments) <= seen.total.failures
    assert seen.failures[0]["request"] == "POST /orders"


def test_users_that_find_no_service_sign_up_when_it_is_there(shop: SmallShop, tmp_path: Path) -> None:
    shop.close()
    with background(shop, tmp_path) as load:
        wait("failures", lambda: failures(tmp_path), lambda n: n >= 3, delay=0.05, timeout=30)
        assert load.placed() == []
        shop.open()
        more_orders(load)


def test_moments_are_counted_from_the_start_and_services_that_hang_do_not_keep_it(
    shop: SmallShop, tmp_path: Path
) -> None:
    shop.goes_on.clear()
    with background(shop, tmp_path) as load:
        wait("time", lambda: datetime.now(UTC) - load.began, lambda gone: gone > timedelta(seconds=3.5), delay=0.1)
        shop.goes_on.set()
        more_orders(load)
        shop.waiting = 0
        shop.goes_on.clear()
        wait("requests that hang", lambda: shop.waiting, bool, delay=0.01, timeout=10)
        seen = load.stop()
    assert [moment.second for moment in seen.moments] == list(range(len(seen.moments)))
    assert [moment.rps for moment in seen.moments[:3]] == [0, 0, 0]
    assert sum(moment.rps for moment in seen.moments) >= 5


def test_nothing_of_it_stays_after_an_error_or_a_stopped_lab(shop: SmallShop, tmp_path: Path) -> None:
    load = background(shop, tmp_path)

    def drill() -> None:
        with load:
            more_orders(load)
            stop.stop("a test says so")
            stop.raise_if_stopped()

    with pytest.raises(Interrupted):
        drill()
    stop.clear()
    assert not load.alive()
    assert not processes.lives(load.pid)


def test_it_ends_by_itself_should_nobody_end_it(shop: SmallShop, tmp_path: Path) -> None:
    with background(shop, tmp_path, at_most=2) as load:
        wait("end", load.alive, lambda alive: not alive, timeout=30)
        assert load.stop().total.requests > 0


def test_a_locust_that_can_not_run_tells_why(shop: SmallShop, tmp_path: Path) -> None:
    with background(shop, tmp_path, scenario="Surf") as load:
        wait("end", load.alive, lambda alive: not alive, timeout=30)
        with pytest.raises(CommandError, match="Surf"):
            load.stop()


def test_an_order_not_yet_wholly_written_is_not_told_of(tmp_path: Path) -> None:
    (tmp_path / "placed.txt").write_text("a\nb\nhalf")
    assert locust.placed(tmp_path) == ["a", "b"]
