"""What a `lab.up` took, step by step: told at its end, and written to .lab/reports as HTML and JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel
from rich.console import Console

from lab.checks import machine
from lab.core.graph import Timing, critical_path
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.flows import report
from lab.stages.kind import KindRung
from lab.stages.rung import lacks


class StepTime(BaseModel):
    """When a step ran, in seconds since the start; `critical`: it was on the path that decided how long all took."""

    name: str
    began: float
    ended: float
    critical: bool


class UpReport(BaseModel):
    """One `lab.up`; `substitutes` maps what lab.lock pins to what stood for it."""

    began: str
    machine: str
    runtime: str
    seconds: float
    steps: list[StepTime]
    substitutes: dict[str, str] = {}
    html: str = ""

    def took(self, step: str) -> float:
        """Return how many seconds a step took, 0 when it did not run."""
        return sum(found.ended - found.began for found in self.steps if found.name == step)


def write(paths: Paths, state: LabState, timings: Sequence[Timing]) -> UpReport:
    """Write the report of a lab that is up."""
    path = {timing.name for timing in critical_path(timings)}
    began = datetime.now(UTC).isoformat(timespec="seconds")
    html = report.page(paths, "up", began)
    made = UpReport(
        began=began,
        machine=machine.describe(),
        runtime=state.runtime,
        seconds=max(timing.ended for timing in timings),
        steps=[
            StepTime(name=t.name, began=t.began, ended=t.ended, critical=t.name in path)
            for t in sorted(timings, key=lambda t: (t.began, t.ended))
        ],
        substitutes=KindRung(paths, state).ground.artifacts.substituted() if state.runtime == "kind" else {},
        html=str(html.relative_to(paths.checkout)),
    )
    report.write(html, "up.html.j2", made)
    return made


def tell(made: UpReport, state: LabState, console: Console) -> None:
    """Say where the lab is and what took longest."""
    path = " → ".join(f"{step.name} {step.ended - step.began:.1f} s" for step in made.steps if step.critical)
    where = ", ".join(f"{name} {state.url(name)}" for name in SERVICES)
    rung = f"the lab is up on the {made.runtime} rung in {made.seconds:.1f} s"
    console.print(f"[green]✓[/] {rung}, a smoke order was notified")
    console.print(f"  services       {where}", highlight=False)
    console.print(f"  critical path  {path}", highlight=False)
    console.print(f"  report         {made.html}", highlight=False)
    if made.substitutes:
        console.print(f"  substitutes    {len(made.substitutes)}, by ./inv lab.status", highlight=False)
    console.print(f"  not on this rung: {lacks(state)}", highlight=False)
