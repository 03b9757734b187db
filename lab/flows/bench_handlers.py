"""Orders beside a minimal handler: every server in turn, by the same client."""

import statistics
from contextlib import ExitStack
from functools import partial

from lab.core.paths import Paths
from lab.core.say import progress, say
from lab.core.state import LabState
from lab.flows.bench_report import Handler
from lab.stages.bench_servers import Client, ground, server

_VARIANTS = ("minimal", "order-service", "order-service, relay on", "order-service, user asked each time")


def measured(paths: Paths, state: LabState, client: Client, time: int) -> list[Handler]:
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
