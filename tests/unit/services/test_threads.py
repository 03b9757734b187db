"""Threads for calls that block: as many as allowed, errors are the caller's, nothing that waits outlives a close."""

import sys
import threading
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from lab.core import proc
from services.common.threads import Threads

HANGING = (
    "import time\nfrom services.common.threads import Threads\n"
    "began = __import__('threading').Event()\n"
    "Threads(1, 'x').run(lambda: (began.set(), time.sleep(60)))\nbegan.wait()"
)


def test_results_and_errors_are_the_callers() -> None:
    threads = Threads(2, "test")
    assert [threads.run(lambda n=n: n * n).result(5) for n in range(5)] == [0, 1, 4, 9, 16]  # type: ignore[misc] # a default binds each
    with pytest.raises(ZeroDivisionError):
        threads.run(lambda: 1 / 0).result(5)
    assert threads.run(lambda: "well").result(5) == "well"
    threads.close()


def test_no_more_run_at_once_than_allowed_and_that_many_do() -> None:
    threads, together = Threads(3, "three"), threading.Barrier(3)
    calls = [threads.run(lambda: together.wait(10)) for _ in range(6)]  # passes in threes, and only in threes
    assert sorted(call.result(20) for call in calls) == [0, 0, 1, 1, 2, 2]
    assert sum(thread.name.startswith("three-") for thread in threading.enumerate()) == 3
    threads.close()


def test_a_close_drops_what_waits_lets_what_runs_end_and_takes_nothing_more() -> None:
    threads, began, go = Threads(1, "test"), threading.Event(), threading.Event()

    def hang() -> bool:
        began.set()
        return go.wait(10)

    running = threads.run(hang)
    waiting = threads.run(lambda: None)
    assert began.wait(10)
    threads.close()
    with pytest.raises(CancelledError):
        waiting.result(1)
    with pytest.raises(RuntimeError, match="test is closed"):
        threads.run(lambda: None)
    go.set()
    assert running.result(5)


def test_a_call_that_hangs_does_not_hold_the_exit() -> None:
    assert proc.run([sys.executable, "-c", HANGING], cwd=Path.cwd(), timeout=30).seconds < 20
