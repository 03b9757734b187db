"""`bench.orders`: orders beside a minimal handler, then the queue, the relay and the consumer, each for itself."""

import json
import statistics
import sys
import time as clock
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

from lab.checks import machine
from lab.core import proc
from lab.core.errors import AnswerError, UsageError
from lab.core.graph import Step, run_graph
from lab.core.paths import Paths
from lab.core.say import progress, say
from lab.core.secrets import Secrets
from lab.core.state import LabState, require
from lab.core.view import view_for
from lab.core.wait import wait
from lab.flows import report
from lab.stages.bench_servers import Client, ground, server
from lab.tools import foreign, localstack
from lab.tools.api import Api
from lab.tools.metrics import value
from lab.tools.supervisor import Supervisor

BURST = 10_000  # orders
_VARIANTS = ("minimal", "order-service", "order-service, relay on", "order-service, user asked each time")


class Handler(BaseModel):
    """A server's rounds: requests/s of each, and the median round's percentiles in seconds."""

    name: str
    rates: list[float]
    p50: float
    p95: float
    p99: float
    failures: int
    client_cpu: float

    @property
    def rate(self) -> float:
        """The median round's requests/s."""
        return statistics.median(self.rates)


class BenchReport(BaseModel):
    """Everything measured in one run, and where. Rates are per second, lags seconds."""

    began: str
    machine: str
    handlers: list[Handler]
    ratios: dict[str, list[float]]
    queue_sent: float
    queue_consumed: float
    burst: int
    relay: float
    relay_lag: float
    consumer: float
    html: str = ""


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
            Step("handlers", lambda: handlers.extend(_handlers(paths, state, client, time))),
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


def _handlers(paths: Paths, state: LabState, client: Client, time: int) -> list[Handler]:
    """Measure every variant in turn, round after round, so that a drift of the machine meets all of them."""
    rounds = 5
    seconds = str(max(1.0, time / rounds / len(_VARIANTS)))
    results: dict[str, list[dict[str, float]]] = {name: [] for name in _VARIANTS}

    def measure(variant: str, port: int) -> None:
        client.run(port, "--seconds", "0.5")  # connections, prepared statements, caches
        seen = client.run(port, "--seconds", seconds)
        results[variant].append(seen)
        say(f"{variant}: {seen['requests'] / seen['seconds']:.0f} orders/s")
        progress(sum(map(len, results.values())), rounds * len(_VARIANTS))

    with ExitStack() as running:
        where, run = running.enter_context(ground(paths, state)), partial(server, paths)
        sink = running.enter_context(run(["loadtests.bench.sink", "PORT"], {}, "sink"))
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{sink}", "USER_CACHE_SECONDS": "300"}
        quiet = where.of("order", **traced, RELAY_ENABLED="false")
        minimal = running.enter_context(run(["loadtests.bench.minimal", "PORT"], where.of("order"), "minimal"))
        order = running.enter_context(run(["services.order"], quiet, "order"))
        asking = running.enter_context(run(["services.order"], {**quiet, "USER_CACHE_SECONDS": "0"}, "order-asking"))
        for _ in range(rounds):
            measure("minimal", minimal)
            measure("order-service", order)
            # This one is ended after its round: it would publish on while the others are measured.
            with run(["services.order"], where.of("order", **traced), "order-relay") as relaying:
                measure("order-service, relay on", relaying)
            measure("order-service, user asked each time", asking)
    return [_handler(name, found) for name, found in results.items()]


def _handler(name: str, found: list[dict[str, float]]) -> Handler:
    def middle(field: str) -> float:
        return statistics.median(item[field] for item in found)

    return Handler(
        name=name,
        rates=[item["requests"] / item["seconds"] for item in found],
        p50=middle("p50"),
        p95=middle("p95"),
        p99=middle("p99"),
        failures=int(sum(item["failures"] for item in found)),
        client_cpu=middle("client_cpu"),
    )


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


def render(made: BenchReport) -> RenderableType:
    """Return the figures as a table."""
    table = Table(title=f"bench.orders on {made.machine}", title_justify="left")
    for column in ("server (one CPU)", "orders/s", "ratio (min-max)", "P50 ms", "P95 ms", "P99 ms", "client CPU"):
        table.add_column(column)
    for h in made.handlers:
        ratios = made.ratios.get(h.name)
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else "1"
        times = (f"{v * 1000:.1f}" for v in (h.p50, h.p95, h.p99))
        table.add_row(h.name, f"{h.rate:.0f}", ratio, *times, f"{h.client_cpu:.0%}")
    table.caption = (
        f"LocalStack alone: {made.queue_sent:.0f} sent/s, {made.queue_consumed:.0f} consumed/s\n"
        f"after a burst of {made.burst} orders: relay {made.relay:.0f} events/s, all out {made.relay_lag:.1f} s later; "
        f"consumer {made.consumer:.0f} events/s\n{made.html}"
    )
    return table
