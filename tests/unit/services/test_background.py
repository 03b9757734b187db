"""A worker's loop: what fails is tried again after its back-off, whoever wakes it; no wake is lost."""

import asyncio
from collections.abc import Callable

import pytest

from services.common import background
from services.common.background import Worker

_LONG = 60.0  # seconds: what waits for it in full fails by its time


async def worked(worker: Worker, done: asyncio.Event) -> None:
    """Run a worker until `done`, then stop it."""
    worker.start()
    await asyncio.wait_for(done.wait(), timeout=20)
    await worker.stop(5)


def waking(step: Callable[[int], bool]) -> tuple[Worker, list[float], asyncio.Event]:
    """Return a worker that is woken after each step that fails, its steps' times, and what is set at the third.

    `step` gets its number, from 1.
    """
    times, done = list[float](), asyncio.Event()

    async def run() -> bool:
        loop = asyncio.get_running_loop()
        times.append(loop.time())
        if len(times) == 3:
            done.set()
        try:
            return step(len(times))
        except OSError:
            loop.call_soon(made.wake)
            raise

    made = Worker("test", run, rest=_LONG)
    return made, times, done


async def test_a_wake_does_not_cut_a_back_off_short() -> None:
    def fail(number: int) -> bool:
        raise OSError(number)

    worker, times, done = waking(fail)
    await worked(worker, done)
    assert times[2] - times[0] >= (background._FIRST + 2 * background._FIRST) / 2  # half of each is jitter


async def test_a_wake_during_a_back_off_ends_the_rest_after_it() -> None:
    def fail_once(number: int) -> bool:
        if number == 1:
            raise OSError(number)
        return False

    worker, times, done = waking(fail_once)
    await worked(worker, done)
    assert times[2] - times[1] < _LONG / 2


async def test_a_stop_ends_a_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_FIRST", _LONG)
    monkeypatch.setattr(background, "_LONGEST", _LONG)
    failed = asyncio.Event()

    async def fail() -> bool:
        failed.set()
        raise OSError

    worker = Worker("test", fail, rest=0)
    await asyncio.wait_for(worked(worker, failed), timeout=5)
    assert worker.reason == "OSError: "
