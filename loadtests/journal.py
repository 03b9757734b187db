"""What a run leaves beside Locust's own figures: orders placed, first failures, how the generator itself fared.

Environment: LOAD_PLACED, file that gets a line with the id of each order that was accepted; LOAD_FAILURES, file that
gets one JSON line for each of the first failures; LOAD_GENERATOR, file that gets the generator's figures at the end.
Workers write nothing: they tell the master with their figures, every three seconds and at the end.
"""

import json
import os
from collections import deque
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import gevent
from locust import events
from locust.runners import WorkerRunner

_MOST_FAILURES = 50
_WINDOW = 5  # seconds over which the share of a CPU is taken


class Journal:
    """Of one process; the master's, or the only one's, writes the files."""

    def __init__(self) -> None:
        self._files: dict[str, Any] = {}
        self._news: dict[str, list[str]] = {"placed": [], "failures": []}
        self._figures: dict[str, float] = {"arrivals": 0, "late": 0, "cpu": 0.0}
        self._workers: dict[str, dict[str, float]] = {}
        self._failures = 0

    def open(self, *, worker: bool) -> None:
        """Begin: with files of its own, but for a worker."""
        if not worker:
            for name in self._news:
                # a line at a time, so that whoever reads it meanwhile sees each order
                self._files[name] = Path(os.environ[f"LOAD_{name.upper()}"]).open("a", buffering=1)  # noqa: SIM115
        gevent.spawn(self._watch_cpu)

    def placed(self, order_id: str) -> None:
        """Keep the id of an order that was accepted."""
        self._keep("placed", order_id)

    def failed(self, request: str, kind: str, trace_id: str | None) -> None:
        """Keep one of the first failures."""
        if self._failures < _MOST_FAILURES:
            self._failures += 1
            self._keep("failures", json.dumps({"request": request, "kind": kind, "trace_id": trace_id}))

    def arrived(self, late: bool) -> None:
        """Count an arrival."""
        self._figures["arrivals"] += 1
        self._figures["late"] += late

    def tell(self, data: dict[str, Any]) -> None:
        """Add a worker's news to what goes to the master."""
        data["journal"] = {"news": self._news, "figures": self._figures}
        self._news = {name: [] for name in self._news}

    def hear(self, client_id: str, data: dict[str, Any]) -> None:
        """Take a worker's news."""
        told = data.get("journal", {"news": {}, "figures": self._figures})
        self._workers[client_id] = told["figures"]
        for name, lines in told["news"].items():
            for line in lines:
                self._keep(name, line)

    def close(self) -> None:
        """Write the figures of all processes: sums, and the busiest one's share of a CPU."""
        found = list(self._workers.values()) or [self._figures]
        figures = {name: sum(one[name] for one in found) for name in ("arrivals", "late")}
        figures |= {"cpu": max(one["cpu"] for one in found), "processes": len(found)}
        Path(os.environ["LOAD_GENERATOR"]).write_text(json.dumps(figures))

    def _keep(self, name: str, line: str) -> None:
        if name in self._files:
            self._files[name].write(f"{line}\n")
        else:
            self._news[name].append(line)

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
def _open(environment: Any, **_: Any) -> None:
    worker = isinstance(environment.runner, WorkerRunner)
    JOURNAL.open(worker=worker)
    if worker:
        environment.events.report_to_master.add_listener(lambda data, **_: JOURNAL.tell(data))
    else:
        environment.events.worker_report.add_listener(lambda client_id, data, **_: JOURNAL.hear(client_id, data))
        environment.events.quit.add_listener(lambda **_: JOURNAL.close())
