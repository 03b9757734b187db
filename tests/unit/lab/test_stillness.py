"""A machine that stood still is told of by whoever was not run meanwhile."""

import os
import signal
import sys
import threading
from pathlib import Path

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


def test_a_machine_that_runs_stood_not_still() -> None:
    seen = Stillness()
    seen.look()
    assert seen.longest == 0


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
