"""What a run leaves beside Locust's own figures: orders placed, first failures, how the generator itself fared.

Environment: LOAD_PLACED, file that gets a line with the id of each order that was accepted; LOAD_FAILURES, file that
gets one JSON line for each of the first failures; LOAD_GENERATOR, file that gets one JSON line of each process.
Workers share the files: each line is written at once, at the file's end.
"""

import json
import os
from collections import deque
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import gevent
from locust import events
from locust.rpc import Message
from locust.runners import MasterRunner

_MOST_FAILURES = 50
_WINDOW = 5  # seconds over which the share of a CPU is taken
_LAST_WORDS = 30  # seconds that workers get to end and tell their figures


class Journal:
    """Of one process."""

    def __init__(self) -> None:
        self._figures: dict[str, float] = {"arrivals": 0, "late": 0, "cpu": 0.0}
        self._failures = 0

    def open(self) -> None:
        """Begin: in each process anew, after it was forked."""
        self._placed = Path(os.environ["LOAD_PLACED"]).open("a", buffering=1)  # noqa: SIM115 - until the process ends
        gevent.spawn(self._watch_cpu)

    def placed(self, order_id: str) -> None:
        """Keep the id of an order that was accepted, so that whoever reads the file meanwhile sees it."""
        self._placed.write(f"{order_id}\n")

    def failed(self, request: str, kind: str, trace_id: str | None) -> None:
        """Keep one of the first failures."""
        if self._failures < _MOST_FAILURES:
            self._failures += 1
            _add("LOAD_FAILURES", {"request": request, "kind": kind, "trace_id": trace_id})

    def arrived(self, late: bool) -> None:
        """Count an arrival."""
        self._figures["arrivals"] += 1
        self._figures["late"] += late

    def close(self) -> None:
        """Tell how this process fared."""
        _add("LOAD_GENERATOR", self._figures)

    def _watch_cpu(self) -> None:
        seen: deque[tuple[float, float]] = deque(maxlen=_WINDOW + 1)
        while True:
            seen.append((perf_counter(), process_time()))
            if len(seen) == seen.maxlen:
                share = (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])
                self._figures["cpu"] = max(self._figures["cpu"], share)
            gevent.sleep(1)


JOURNAL = Journal()


def _add(name: str, line: dict[str, Any]) -> None:
    with Path(os.environ[name]).open("a") as file:
        file.write(json.dumps(line) + "\n")


@events.init.add_listener  # type: ignore[untyped-decorator] # untyped upstream
def _begin(environment: Any, **_: Any) -> None:
    if isinstance(environment.runner, MasterRunner):
        environment.events.test_stop.add_listener(_await_workers)
    else:
        JOURNAL.open()
        environment.events.quit.add_listener(lambda **_: JOURNAL.close())


def _await_workers(environment: Any, **_: Any) -> None:
    """Have every worker end and tell its last figures: Locust's half a second is too short on a busy machine."""
    runner = environment.runner
    for client in runner.clients.all:
        runner.server.send_to_client(Message("quit", None, client.id))  # type: ignore[no-untyped-call] # untyped upstream
    with gevent.Timeout(_LAST_WORDS, False):
        while runner.clients.all:
            gevent.sleep(0.1)
