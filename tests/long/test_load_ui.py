"""Locust's page: on this machine alone, bounded in time, gone at Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.core.proc import Started
from lab.core.wait import wait
from lab.tools import ports
from tests.servers.small_shop import SmallShop, small_shop


@pytest.fixture
def shop() -> Iterator[SmallShop]:
    with small_shop() as shop:
        yield shop


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=5).is_success
    except httpx.HTTPError:
        return False


def test_the_page_is_there_until_ctrl_c_and_nothing_stays(shop: SmallShop, tmp_path: Path) -> None:
    port, log = ports.free_ports(1)[0], tmp_path / "log"
    words = ["./inv", "load.ui", "--port", str(port), "--time", "60s"]
    page = Started(words, cwd=CHECKOUT, env=shop.environment, log=log)
    try:
        wait("page", lambda: answers(port), bool, timeout=40)
        os.kill(page.pid, signal.SIGINT)
        wait("end", page.alive, lambda alive: not alive, timeout=40)
    finally:
        code = page.end()
    assert code == 0, log.read_text()
    assert ports.is_free(port)
    assert "ending" in log.read_text()


def test_the_page_ends_by_itself_after_its_time(shop: SmallShop) -> None:
    port = ports.free_ports(1)[0]
    done = proc.run(
        ["./inv", "load.ui", "--port", str(port), "--time", "2s"], cwd=CHECKOUT, env=shop.environment, timeout=60
    )
    assert "its 2 s are over" in done.stderr
    assert ports.is_free(port)


def test_a_port_that_is_taken_is_named_with_its_holder(shop: SmallShop) -> None:
    words = ["./inv", "load.ui", "--port", str(shop.port)]
    done = proc.run(words, cwd=CHECKOUT, env=shop.environment, check=False, timeout=60)
    assert done.code == 2
    assert f"port {shop.port} is taken by" in done.stderr
