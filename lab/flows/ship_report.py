"""What a `ship` did: told at its end, and written to .lab/reports as HTML and JSON."""

from pydantic import BaseModel
from rich.console import RenderableType
from rich.table import Table

from lab.core.paths import Paths
from lab.flows import report
from lab.flows.load_report import LoadReport


class Shipped(BaseModel):
    """One shipment. `before` and `commit` are commits of the repository that Argo CD reads; the same: nothing was new.

    `reasons` say why the new version is not as it must be; then `reverted` is the commit that took it back ("": there
    was nothing to go back to), and `after_reasons` what is wrong even so. `steps` are seconds by name.
    """

    began: str
    service: str
    before: str = ""
    commit: str = ""
    scanned: bool = True
    steps: dict[str, float] = {}
    reasons: list[str] = []
    load: LoadReport | None = None
    reverted: str = ""
    after_reasons: list[str] = []
    after_load: LoadReport | None = None
    html: str = ""

    @property
    def ok(self) -> bool:
        """Whether the new version runs and keeps its SLOs."""
        return not self.reasons

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        if self.ok:
            return f"{self.service} shipped at {self.commit[:8]}; the SLOs held"
        if not self.reverted:
            return f"{self.service} at {self.commit[:8]} is not well, and there is nothing new to take back"
        now = "and not all is well yet" if self.after_reasons else "and the SLOs hold again"
        return f"{self.service} at {self.commit[:8]} was rolled back by {self.reverted[:8]}, {now}"


def write(paths: Paths, made: Shipped) -> Shipped:
    """Write the report; return it with its place."""
    html = report.page(paths, "ship", made.began)
    made = made.model_copy(update={"html": str(html.relative_to(paths.checkout))})
    report.write(html, "ship.html.j2", made)
    return made


def render(made: Shipped) -> RenderableType:
    """Return the shipment as a table."""
    table = Table(title=f"ship: {made.service}", title_justify="left", show_header=False)
    for name, seconds in made.steps.items():
        table.add_row(name, f"{seconds:.1f} s")
    table.add_row("scanned", "yes" if made.scanned else "no: trivy is not on PATH")
    for name, judged in (("load", made.load), ("load, after", made.after_load)):
        if judged is not None:
            total = judged.measured.total
            table.add_row(name, f"{total.requests} requests, {total.failures} failed, P95 {total.p95 * 1000:.0f} ms")
    for name, reasons in (("not well", made.reasons), ("still not well", made.after_reasons)):
        for reason in reasons:
            table.add_row(f"[red]{name}[/]", reason)
    if made.reverted:
        table.add_row(
            "mind", "the working tree still has what was taken back: lab.push and lab.up would bring it again"
        )
    table.add_row("verdict", f"[{'green' if made.ok else 'red'}]{made.words}[/]")
    table.caption = made.html
    return table
