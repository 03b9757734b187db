"""`load.run`: loads the lab, judges the run by the SLOs, writes a report."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from lab.checks import objectives
from lab.checks.ledger import Ledger
from lab.core.errors import LabError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.say import progress, say
from lab.core.state import load
from lab.core.view import view_for
from lab.flows import load_limit, load_report
from lab.flows.load_limit import Limit
from lab.flows.load_plan import targets
from lab.flows.load_report import LoadReport
from lab.flows.push import kind_rung
from lab.flows.verify import settled
from lab.stages.kind_load import LoadGenerator
from lab.tools import locust
from lab.tools.locust import Measured, Plan

_TABLE = re.compile(r"^\s*Aggregated\s+(\d+)\s+(\d+\(\S+\)).*\|\s*(\S+)\s+\S+\s*$")  # Locust's own running sum
_CONNECTED = re.compile(r"^\d+ of \d+ workers connected$")  # loadtests/journal.py


@contextmanager
def alone(paths: Paths) -> Iterator[None]:
    """Judge a load inside: no other of this checkout is under way, whose files and figures would be mixed with it.

    Raises WaitTimeout while one is.
    """
    with lock(paths.state / "load.lock", timeout=2):
        yield


def run(plan: Plan, plain: bool) -> LoadReport:
    """Load the lab as planned, as `judged` does, while no other load is judged. Raises WaitTimeout while one is."""
    with alone(Paths()):
        return judged(plan, plain)


def judged(plan: Plan, plain: bool) -> LoadReport:
    """Load the lab as planned, from inside `alone`.

    Load goes to 127.0.0.1 alone. The generator's own limit is measured first where it is not known. Raises UsageError
    for what can't be run, StepError when Locust fails.
    """
    paths = Paths()
    env, limits = targets(paths), list[Limit]()
    first = [Step("limit", lambda: limits.append(load_limit.known(paths, plan.workers)))]

    def work(folder: Path, on_line: Callable[[str], None]) -> Measured:
        return locust.run(plan, env=env, folder=folder, cwd=paths.checkout, on_line=on_line)

    return _judged(paths, plan, plain, env, first, work, limits)


def run_in_cluster(plan: Plan, plain: bool) -> LoadReport:
    """Load the lab from pods of its own cluster, the plan's workers and a master; they are gone afterwards.

    Raises UsageError on another rung than kind, WaitTimeout while another load is judged, StepError when it fails.
    What such a generator reaches by itself is not measured.
    """
    paths = Paths()
    rung = kind_rung(paths)
    with alone(paths):
        generator = LoadGenerator(paths, rung)
        first = [Step("image", generator.image), Step("generator", lambda: generator.begin(plan), ("image",))]
        with generator.gone_after():
            return _judged(
                paths, plan, plain, locust.environment(rung.state), first,
                lambda folder, on_line: generator.run(plan, folder, on_line), [],
            )  # fmt: skip


def _judged(
    paths: Paths,
    plan: Plan,
    plain: bool,
    env: Mapping[str, str],
    first: Sequence[Step],
    work: Callable[[Path, Callable[[str], None]], Measured],
    limits: Sequence[Limit],
) -> LoadReport:
    """Run the steps `first`, of which the last makes ready, then the load, and judge it.

    `env` says which lab it went to, `limits` holds the generator's own once they ran, if it is known.
    """
    folder = paths.reports / "locust"
    measured, ledgers, began = list[Measured](), list[Ledger | None](), datetime.now(UTC)

    def load() -> None:
        nonlocal began
        began = datetime.now(UTC)
        measured.append(work(folder, _teller(began, plan.seconds)))

    steps = [
        *first,
        Step("load", load, (first[-1].name,)),
        Step("ledger", lambda: ledgers.append(count(paths, folder, env)), ("load",)),
    ]
    run_graph(steps, view_for(Console(stderr=True), plain=plain))
    (seen,), (ledger,), limit = measured, ledgers, next(iter(limits), None)
    reasons = objectives.judge(seen, ledger)
    doubt = objectives.doubt(seen, plan.rate, limit.reaches if limit else 0, plan.workers)
    made = LoadReport(
        plan=plan, began=began.isoformat(timespec="seconds"), ok=not reasons, reasons=reasons, measured=seen,
        ledger=ledger, limit=limit, doubt=doubt,
    )  # fmt: skip
    return load_report.write(paths, made)


def count(paths: Paths, folder: Path, env: Mapping[str, str]) -> Ledger | None:
    """Count the ledger of the lab that was loaded, with what the run in `folder` was promised.

    None where something else was loaded, or it can't be counted.
    """
    try:
        state = load(paths.run)
        if state is None or env["LOAD_ORDER_URL"] != state.url("order"):
            return None
        return settled(state, timeout=60, placed=locust.placed(folder))
    except LabError as error:
        say(f"the ledger can't be counted: {error}")
        return None


def _teller(began: datetime, seconds: int) -> Callable[[str], None]:
    """Return what makes words and a bar of Locust's lines."""

    def on_line(line: str) -> None:
        if (table := _TABLE.match(line)) is not None:
            progress(min((datetime.now(UTC) - began).total_seconds(), seconds), seconds)
            say(f"{table[1]} requests, {table[2]} failed, {table[3]} requests/s")
        elif _CONNECTED.match(line) or "Error" in line or "error" in line:
            say(line)

    return on_line
