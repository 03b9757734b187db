"""What `bench.orders` measured: its figures, and the table of them."""

import statistics

from pydantic import BaseModel
from rich.console import RenderableType
from rich.table import Table


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
