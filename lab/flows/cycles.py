"""`bench.cycles`: the lab up, up again, idle, down, and all of it again: what each took, and that nothing is left."""

import statistics
import time
from collections.abc import Callable, Sequence

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

from lab.checks import machine, usage
from lab.core.config import Config, Runtime
from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.core.state import load
from lab.flows import report
from lab.flows.command import within
from lab.flows.down import down
from lab.flows.up import up
from lab.flows.up_report import UpReport

_MOST = 50
FIGURES: dict[str, Callable[["Cycle"], float]] = {
    "up": lambda cycle: cycle.up.seconds,
    "again": lambda cycle: cycle.again,
    "down": lambda cycle: cycle.down,
    "memory": lambda cycle: sum(cycle.containers.values()),
}
_IDLE = 60  # seconds after which what it takes is looked at: garbage of the rise is gone by then


class Cycle(BaseModel):
    """One rise and fall: seconds, and MiB of each container and pod when idle."""

    up: UpReport
    again: float
    down: float
    containers: dict[str, float]
    pods: dict[str, float]


class CyclesReport(BaseModel):
    """All cycles; every one of them ended with the proof that nothing was left."""

    began: str
    machine: str
    runtime: str
    cycles: list[Cycle]
    html: str = ""

    def median(self, of: Callable[[Cycle], float]) -> float:
        """Return the median of a figure."""
        return statistics.median(of(cycle) for cycle in self.cycles)

    @property
    def steps(self) -> dict[str, float]:
        """The median seconds of every step, in the order of the first cycle."""
        names = [step.name for step in self.cycles[0].up.steps]
        return {name: self.median(lambda cycle, n=name: cycle.up.took(n)) for name in names}  # type: ignore[misc] # a default binds each

    @property
    def critical(self) -> list[str]:
        """The critical path of the cycle whose rise took the median time."""
        middle = sorted(self.cycles, key=lambda cycle: cycle.up.seconds)[len(self.cycles) // 2]
        return [step.name for step in middle.up.steps if step.critical]


def cycles(count: int, runtime: Runtime | None, plain: bool, config: Config) -> CyclesReport:
    """Raise and end the lab `count` times; stops at the first that fails.

    Raises UsageError when a lab is up (its data would go), and whatever lab.up and lab.down raise.
    """
    paths, console = Paths(), Console(stderr=True)
    within("count", count, 1, _MOST)
    if load(paths.run) is not None:
        raise UsageError("a lab is up", fix="./inv lab.down first: bench.cycles raises and ends its own")
    done: list[Cycle] = []
    for number in range(1, count + 1):
        console.print(f"cycle {number} of {count}", highlight=False)
        done.append(_one(paths, runtime, plain, config))
        made = _write(paths, done)
    return made


def _one(paths: Paths, runtime: Runtime | None, plain: bool, config: Config) -> Cycle:
    first = up(runtime, None, plain, config)
    again = up(runtime, None, plain, config)
    containers, pods = usage.settled(paths, load(paths.run), _IDLE)
    began = time.monotonic()
    down(wipe=False, plain=plain)
    return Cycle(up=first, again=again.seconds, down=time.monotonic() - began, containers=containers, pods=pods)


def _write(paths: Paths, done: Sequence[Cycle]) -> CyclesReport:
    """Write the report of the cycles so far, so that one which fails loses nothing of the others."""
    began = done[0].up.began
    html = report.page(paths, "cycles", began)
    made = CyclesReport(
        began=began,
        machine=machine.describe(),
        runtime=done[0].up.runtime,
        cycles=list(done),
        html=str(html.relative_to(paths.checkout)),
    )
    report.write(html, "cycles.html.j2", made, **FIGURES)
    return made


def render(made: CyclesReport) -> RenderableType:
    """Return the medians as a table."""
    title = f"{len(made.cycles)} cycles on the {made.runtime} rung, {made.machine}: medians"
    table = Table(title=title, title_justify="left", show_header=False)
    for name, seconds in made.steps.items():
        table.add_row(f"{name} *" if name in made.critical else name, f"{seconds:.1f} s")
    table.add_section()
    table.add_row("up and verified", f"{made.median(FIGURES['up']):.1f} s")
    table.add_row("up again", f"{made.median(FIGURES['again']):.1f} s")
    table.add_row("down, with its proof", f"{made.median(FIGURES['down']):.1f} s")
    table.add_row("idle memory", f"{made.median(FIGURES['memory']):.0f} MiB")
    table.caption = f"* on the critical path\n{made.html}"
    return table
