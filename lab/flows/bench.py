"""`bench.orders`: orders beside a minimal handler, then the queue, the relay and the consumer, each for itself."""

import json
import sys
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from rich.console import Console

from lab.checks import machine
from lab.core import proc
from lab.core.errors import AnswerError, UsageError
from lab.core.graph import Step, run_graph
from lab.core.paths import Paths
from lab.core.say import progress
from lab.core.secrets import Secrets
from lab.core.state import LabState, require
from lab.core.view import view_for
from lab.core.wait import wait
from lab.flows import bench_handlers, report
from lab.flows.bench_report import BenchReport, Handler
from lab.stages.bench_servers import Client, ground, server
from lab.tools import foreign, localstack
from lab.tools.api import Api
from lab.tools.metrics import value
from lab.tools.supervisor import Supervisor

BURST = 10_000  # orders


def orders(time: int, plain: bool) -> BenchReport:
    """Measure on the running host lab: `time` seconds for the handlers, then a burst of BURST orders.

    Raises UsageError when no lab is up on the host rung.
    """
    paths = Paths()
    state = require(paths.run)
    if state.runtime != "host":
        raise UsageError("bench.orders measures the host rung", fix="./inv lab.down, then ./inv lab.up --runtime host")
    client = Client(paths, Api.of(state, "user").create_user())
    handlers: list[Handler] = []
    rest: dict[str, float] = {}
    with _resting(paths, state):
        steps = [
            Step("handlers", lambda: handlers.extend(bench_handlers.measured(paths, state, client, time))),
            Step("queue", lambda: rest.update(_queue(paths, state)), ("handlers",)),
            Step("burst", lambda: rest.update(_burst(paths, state, client)), ("queue",)),
        ]
        run_graph(steps, view_for(Console(stderr=True), plain=plain))
    base = handlers[0].rates
    made = BenchReport(
        began=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=machine.describe(),
        handlers=handlers,
        ratios={h.name: [mine / its for mine, its in zip(h.rates, base, strict=True)] for h in handlers[1:]},
        burst=BURST,
        **rest,
    )
    html = report.page(paths, "bench-orders", made.began)
    made = made.model_copy(update={"html": str(html.relative_to(paths.checkout))})
    report.write(html, "bench.html.j2", made)
    return made


@contextmanager
def _resting(paths: Paths, state: LabState) -> Iterator[None]:
    """Let the lab's own order- and notification-service rest: they would ask LocalStack meanwhile."""
    supervisor = Supervisor(state.supervisor, Secrets(paths).get("supervisor", "password"))
    resting = ("order", "notification")
    try:
        for name in resting:
            supervisor.stop(name)
        yield
    finally:
        for name in resting:
            supervisor.start(name)
        for name in resting:
            api = Api.of(state, name)
            wait(name, api.ready, lambda seen: seen[0], explain=lambda seen: seen[1], timeout=30)


def _queue(paths: Paths, state: LabState) -> dict[str, float]:
    words = foreign.without(foreign.AWS_PROFILE, [sys.executable, "-m", "loadtests.bench.queue", state.aws])
    seen = json.loads(proc.run(words, cwd=paths.checkout, env=localstack.CREDENTIALS, timeout=120).stdout)
    return {"queue_sent": seen["sent_per_second"], "queue_consumed": seen["consumed_per_second"]}


def _burst(paths: Paths, state: LabState, client: Client) -> dict[str, float]:
    """Place a burst of orders, time the relay alone on it, then the consumer alone."""
    run = partial(server, paths)
    with ground(paths, state) as where:
        with run(["services.order"], where.of("order", RELAY_ENABLED="false"), "order") as port:
            client.run(port, "--count", str(BURST), "--seconds", "120")
        with run(["services.order"], where.of("order"), "relay", pinned=False) as port:
            relay = _rate("relay", f"http://127.0.0.1:{port}", "outbox_published_total")
        with run(["services.notification"], where.of("notification"), "consumer", pinned=False) as port:
            consumer = _rate("consumer", f"http://127.0.0.1:{port}", "notifications_sent_total")
    return {"relay": relay, "relay_lag": BURST / relay, "consumer": consumer}


def _rate(name: str, url: str, metric: str) -> float:
    """Return events/s from the first to the last of a burst, by a counter that a restart set to 0."""
    seen: list[tuple[float, float]] = []

    def look() -> float:
        try:
            seen.append((clock.monotonic(), value(url, metric)))
        except AnswerError:
            return 0  # not up yet
        progress(min(seen[-1][1], BURST), BURST)
        return seen[-1][1]

    wait(name, look, lambda count: count >= BURST, explain=lambda _: "at work", delay=0.1, timeout=180)
    first = next(item for item in seen if item[1] > 0)
    return (seen[-1][1] - first[1]) / (seen[-1][0] - first[0])
