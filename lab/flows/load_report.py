"""What a load did: its figures and its verdict, as a table and in .lab/reports as HTML and JSON."""

from pydantic import BaseModel
from rich.console import RenderableType
from rich.table import Table

from lab.checks.ledger import Ledger
from lab.core.paths import Paths
from lab.flows import report
from lab.flows.load_limit import Limit
from lab.tools.locust import Measured, Plan


class LoadReport(BaseModel):
    """A run and its verdict; `reasons` is empty when the SLOs held. `limit` is the generator's own, where it is known.

    `doubt` says why the figures may not be the services'.
    """

    plan: Plan
    began: str
    ok: bool
    reasons: list[str]
    measured: Measured
    ledger: Ledger | None
    limit: Limit | None
    doubt: str
    html: str = ""

    @property
    def asked(self) -> str:
        """What was asked of the generator, and what it can do."""
        rate = f"{self.plan.rate:g} requests/s" if self.plan.rate else "as many as were answered"
        unknown = f"what a generator of {self.plan.workers} workers in the cluster reaches is not known"
        return f"{self.limit or unknown}; this run asked for {rate}"


def write(paths: Paths, made: LoadReport) -> LoadReport:
    """Write the report of a load; return it with the path of its page within the checkout."""
    html = report.page(paths, f"load-{made.plan.scenario}", made.began)
    made = made.model_copy(update={"html": str(html.relative_to(paths.checkout))})
    charts = report.charts(made.measured.moments)
    if made.plan.shape != "steady":
        charts.append(report.chart("Users", "at once", [(m.second, m.users) for m in made.measured.moments]))
    report.write(html, "load.html.j2", made, charts=charts)
    return made


def render(made: LoadReport) -> RenderableType:
    """Return the verdict as a table."""
    plan = made.plan
    title = f"load.run {plan.scenario}, {plan.shape}: {plan.users} users, {plan.seconds} s"
    table = Table(title=title, title_justify="left")
    for column in ("request", "requests", "failed", "P50 ms", "P95 ms", "P99 ms"):
        table.add_column(column, justify="left" if column == "request" else "right")
    for item in (*made.measured.endpoints, made.measured.total):
        times = (f"{value * 1000:.0f}" for value in (item.p50, item.p95, item.p99))
        table.add_row(item.name, str(item.requests), str(item.failures), *times)
    verdict = "[green]the SLOs held[/]" if made.ok else f"[red]{'; '.join(made.reasons)}[/]"
    doubt = f"\n[yellow]{made.doubt}[/]" if made.doubt else ""
    table.caption = f"{verdict}{doubt}\n{made.asked}\n{made.html}"
    return table
