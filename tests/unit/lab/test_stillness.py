"""A machine that stood still is told of by whoever was not run meanwhile."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from lab.checks.stillness import Stillness
from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.core.wait import wait
from lab.tools import processes

_WATCH = """
from lab.checks.stillness import Stillness
with Stillness() as seen:
    print("watches", flush=True)
    while seen.longest < 1:
        seen._ended.wait(0.1)
print(seen.longest)
"""


def test_what_was_before_the_first_look_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, clock = Stillness(), iter((500.0, 501.2, 540.0))
    monkeypatch.setattr("lab.checks.stillness.time.clock_gettime", lambda _: next(clock))
    seen.look()
    assert seen.longest == 0
    seen.look()
    assert seen.longest == pytest.approx(0.2)
    seen.look()
    assert seen.longest == pytest.approx(37.8)


def test_the_seconds_are_told_in_which_nothing_was_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    pid = proc.start_daemon([sys.executable, "-c", _WATCH], cwd=CHECKOUT, env={}, log=log)
    wait("its start", log.read_text, bool, delay=0.05, timeout=30)
    os.kill(pid, signal.SIGSTOP)
    threading.Event().wait(3)
    os.kill(pid, signal.SIGCONT)
    wait("its end", lambda: processes.lives(pid), lambda alive: not alive, delay=0.05, timeout=30)
    assert float(log.read_text().split()[-1]) > 1.9
