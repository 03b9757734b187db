"""What a run leaves beside Locust's own figures: orders placed, first failures, how the generator itself fared.

Environment of a process alone, or of a master: LOAD_PLACED, file that gets a line with the id of each order that was
accepted; LOAD_FAILURES, file that gets one JSON line for each of the first failures; LOAD_GENERATOR, file that gets one
JSON line of each process that had users. Workers need no file: they send their lines to the master, wherever it is.
"""

import json
import os
import sys
from collections import deque
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import gevent
from locust import events
from locust.rpc import Message
from locust.runners import MasterRunner, Runner, WorkerRunner

_MOST_FAILURES = 50
_WINDOW = 5  # seconds over which the share of a CPU is taken
_LAST_WORDS = 30  # seconds that workers get to end and tell their figures
_FILES = ("PLACED", "FAILURES", "GENERATOR")


class Journal:
    """Of one process that has users."""

    def __init__(self) -> None:
        self._figures: dict[str, float] = {"arrivals": 0, "late": 0, "cpu": 0.0}
        self._failures = 0

    def open(self, runner: Runner) -> None:
        """Begin: in each process anew, after it was forked."""
        self._runner = runner
        gevent.spawn(self._watch_cpu)

    def placed(self, order_id: str) -> None:
        """Keep the id of an order that was accepted, so that whoever reads the file meanwhile sees it."""
        self._tell("PLACED", order_id)

    def failed(self, request: str, kind: str, trace_id: str | None) -> None:
        """Keep one of the first failures."""
        if self._failures < _MOST_FAILURES:
            self._failures += 1
            self._tell("FAILURES", json.dumps({"request": request, "kind": kind, "trace_id": trace_id}))

    def arrived(self, late: bool) -> None:
        """Count an arrival."""
        self._figures["arrivals"] += 1
        self._figures["late"] += late

    def close(self) -> None:
        """Tell how this process fared."""
        self._tell("GENERATOR", json.dumps(self._figures))

    def _tell(self, name: str, line: str) -> None:
        self._runner.send_message(name, line)  # a process alone is its own master

    def _watch_cpu(self) -> None:
        seen: deque[tuple[float, float]] = deque(maxlen=_WINDOW + 1)
        while True:
            seen.append((perf_counter(), process_time()))
            if len(seen) == seen.maxlen:
                share = (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])
                self._figures["cpu"] = max(self._figures["cpu"], share)
            gevent.sleep(1)


JOURNAL = Journal()


@events.init.add_listener  # type: ignore[untyped-decorator] # untyped upstream
def _begin(environment: Any, **_: Any) -> None:
    runner = environment.runner
    if not isinstance(runner, WorkerRunner):
        for name in _FILES:
            _keep(runner, name)
    if isinstance(runner, MasterRunner):
        environment.events.worker_connect.add_listener(lambda client_id, **_: _connected(environment, client_id))
        environment.events.test_stop.add_listener(_await_workers)
        return
    JOURNAL.open(runner)
    # A worker's last chance is before it takes its leave of the master; a process alone counts until its users ended.
    last = environment.events.quitting if isinstance(runner, WorkerRunner) else environment.events.quit
    last.add_listener(lambda **_: JOURNAL.close())


def _keep(runner: Runner, name: str) -> None:
    """Write the lines that are told under `name` to its file, each at once."""
    file = Path(os.environ[f"LOAD_{name}"]).open("a", buffering=1)  # noqa: SIM115 - until the process ends
    runner.register_message(name, lambda msg, **_: file.write(f"{msg.data}\n"))


def _connected(environment: Any, client_id: str) -> None:
    count, wanted = len({*environment.runner.clients, client_id}), environment.parsed_options.expect_workers
    sys.stdout.write(f"{count} of {wanted} workers connected\n")
    sys.stdout.flush()


def _await_workers(environment: Any, **_: Any) -> None:
    """Have every worker end and tell its last figures: Locust's half a second is too short on a busy machine."""
    runner = environment.runner
    for client in runner.clients.all:
        runner.server.send_to_client(Message("quit", None, client.id))  # type: ignore[no-untyped-call] # untyped upstream
    with gevent.Timeout(_LAST_WORDS, False):
        while runner.clients.all:
            gevent.sleep(0.1)
