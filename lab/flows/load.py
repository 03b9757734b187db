"""`load.run`: loads the lab, judges the run by the SLOs, writes a report."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

from lab.checks.ledger import Ledger
from lab.core import slo
from lab.core.errors import LabError, UsageError
from lab.core.graph import Step, run_graph
from lab.core.paths import Paths
from lab.core.say import progress, say
from lab.core.state import SERVICES, load, require
from lab.core.view import view_for
from lab.flows import report
from lab.flows.verify import settled
from lab.tools import locust
from lab.tools.locust import Measured

SCENARIOS = ("browse", "order", "mixed")
_MOST_USERS, _MOST_SECONDS, _MOST_RATE = 500, 3600, 5000.0
_TABLE = re.compile(r"^\s*Aggregated\s+(\d+)\s+(\d+\(\S+\)).*\|\s*(\S+)\s+\S+\s*$")  # Locust's own running sum
_TIME = re.compile(r"^(\d+)(s|m|h)?$")


class LoadReport(BaseModel):
    """A run and its verdict; `reasons` is empty when the SLOs held."""

    scenario: str
    users: int
    rate: float
    seconds: int
    began: str
    ok: bool
    reasons: list[str]
    measured: Measured
    ledger: Ledger | None
    html: str = ""


def seconds(text: str) -> int:
    """Return the seconds that "30s", "2m" or "45" mean. Raises UsageError for anything else."""
    match = _TIME.match(text)
    if match is None or int(match[1]) == 0:
        raise UsageError(f"--time {text!r} is no time", fix="such as --time 30s or --time 2m")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"]


def run(scenario: str, users: int, rate: float, time: int, plain: bool) -> LoadReport:
    """Load for `time` seconds with `users` at once, `rate` requests/s in all (0: as fast as they go).

    Raises UsageError for what can't be run, StepError when Locust fails. Load goes to 127.0.0.1 alone.
    """
    _check(scenario, users, rate, time)
    paths = Paths()
    env, folder = _targets(paths), paths.reports / "locust"
    began, measured, ledgers = datetime.now(UTC), list[Measured](), list[Ledger]()

    def on_line(line: str) -> None:
        if (table := _TABLE.match(line)) is not None:
            done = (datetime.now(UTC) - began).total_seconds()
            progress(min(done, time), time)
            say(f"{table[1]} requests, {table[2]} failed, {table[3]} requests/s")
        elif "Error" in line or "error" in line:
            say(line)

    def work() -> None:
        measured.append(
            locust.run(
                scenario.title(), users=users, rate=rate, seconds=time, env=env, folder=folder, cwd=paths.checkout,
                on_line=on_line,
            )
        )  # fmt: skip

    def count() -> None:
        state = load(paths.run)
        try:
            ledgers.extend([settled(state, timeout=60, placed=locust.placed(folder))] if state else [])
        except LabError as error:
            say(f"the ledger can't be counted: {error}")

    run_graph([Step("load", work), Step("ledger", count, ("load",))], view_for(Console(stderr=True), plain=plain))
    seen, ledger = measured[0], ledgers[0] if ledgers else None
    reasons = judge(seen, ledger)
    made = LoadReport(
        scenario=scenario, users=users, rate=rate, seconds=time, began=began.isoformat(timespec="seconds"),
        ok=not reasons, reasons=reasons, measured=seen, ledger=ledger,
    )  # fmt: skip
    return _write(paths, made)


def judge(seen: Measured, ledger: Ledger | None) -> list[str]:
    """Return why a run does not meet the SLOs; nothing when it does."""
    reasons = []
    total = seen.total
    if total.requests == 0:
        return ["no request was made"]
    if total.failures / total.requests > slo.ERROR_RATIO:
        reasons.append(f"{total.failures} of {total.requests} requests failed; {slo.ERROR_RATIO:.1%} may")
    if total.p95 >= slo.P95_SECONDS:
        reasons.append(f"P95 was {total.p95 * 1000:.0f} ms; it must be below {slo.P95_SECONDS * 1000:.0f} ms")
    if ledger is not None and not ledger.ok:
        reasons.append(f"{len(ledger.lost)} orders lost, {len(ledger.duplicated)} duplicated")
    return reasons


def _check(scenario: str, users: int, rate: float, time: int) -> None:
    if scenario not in SCENARIOS:
        raise UsageError(f"--scenario {scenario!r} is not known", fix=f"one of: {', '.join(SCENARIOS)}")
    for name, value, most in (("users", users, _MOST_USERS), ("time", time, _MOST_SECONDS)):
        if not 1 <= value <= most:
            raise UsageError(f"--{name} {value} is out of bounds", fix=f"between 1 and {most}")
    if not 0 <= rate <= _MOST_RATE:
        raise UsageError(f"--rate {rate:g} is out of bounds", fix=f"between 0 (as fast as they go) and {_MOST_RATE:g}")


def _targets(paths: Paths) -> dict[str, str]:
    """Return where the services answer: LOAD_<SERVICE>_URL where set, else the running lab's."""
    names = {service: f"LOAD_{service.upper()}_URL" for service in SERVICES}
    given = {name: os.environ[name] for name in names.values() if name in os.environ}
    missing = [service for service, name in names.items() if name not in given]
    if missing:
        state = require(paths.run)
        given = locust.environment(state) | given
    for name, url in ((name, given[name]) for name in names.values()):
        if urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise UsageError(f"{name}={url} is not on this machine", fix="load goes to 127.0.0.1 alone")
    return given


def _write(paths: Paths, made: LoadReport) -> LoadReport:
    stamp = made.began[:19].replace(":", "").replace("-", "")
    html: Path = paths.reports / f"load-{made.scenario}-{stamp}.html"
    made = made.model_copy(update={"html": str(html.relative_to(paths.checkout))})
    report.write(html, "load.html.j2", made, charts=report.charts(made.measured.moments))
    return made


def render(made: LoadReport) -> RenderableType:
    """Return the verdict as a table."""
    table = Table(title=f"load.run {made.scenario}: {made.users} users, {made.seconds} s", title_justify="left")
    for column in ("request", "requests", "failed", "P50 ms", "P95 ms", "P99 ms"):
        table.add_column(column, justify="left" if column == "request" else "right")
    for item in (*made.measured.endpoints, made.measured.total):
        times = (f"{value * 1000:.0f}" for value in (item.p50, item.p95, item.p99))
        table.add_row(item.name, str(item.requests), str(item.failures), *times)
    verdict = "[green]the SLOs held[/]" if made.ok else f"[red]{'; '.join(made.reasons)}[/]"
    table.caption = f"{verdict}\n{made.html}"
    return table
