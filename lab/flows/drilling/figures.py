"""`docs.drills`: what drills took, out of their reports, into docs/drills.csv, and from there into docs/drills.md."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Self

from pydantic import BaseModel, ValidationError

from lab.core.errors import LabError, UsageError
from lab.core.paths import Paths
from lab.drills.catalogue import DRILLS
from lab.drills.record import Run

_BEGIN, _END = "<!-- figures: ./inv docs.drills -->", "<!-- end of figures -->"
_HEAD = (
    "| drill | runs | failed | detected s | delivered s | recovered s | orders lost |\n|---|---|---|---|---|---|---|"
)


class Figures(BaseModel):
    """A run in a line: when it began (UTC), seconds until detected, delivered and recovered from, orders lost.

    None where there was nothing of it. `reasons` says why it failed, and is empty for a run that passed.
    """

    began: str
    drill: str
    machine: str
    reasons: str = ""
    detected: float | None = None
    delivered: float | None = None
    recovered: float | None = None
    lost: int | None = None

    @classmethod
    def of(cls, run: Run) -> Self:
        """Take them from a run."""
        return cls(
            began=f"{run.began:%Y-%m-%dT%H:%M:%SZ}", drill=run.drill, machine=run.machine,
            reasons="; ".join(run.reasons),
            detected=_cents(run.detected), delivered=_cents(run.delivered), recovered=_cents(run.recovered),
            lost=None if run.ledger is None else len(run.ledger.lost),
        )  # fmt: skip


def write() -> str:
    """Add every report of .lab/reports to docs/drills.csv, put the figures of all into docs/drills.md.

    Returns what became of it. Raises UsageError where there is no report yet, LabError for one that can't be read.
    """
    paths = Paths()
    fresh = [Figures.of(run) for run in reports(paths.reports)]
    if not fresh:
        raise UsageError("no drill was run yet", fix="./inv chaos.all --count 5")
    kept, page = paths.checkout / "docs" / "drills.csv", paths.checkout / "docs" / "drills.md"
    runs = merged(read(kept), fresh)
    keep(kept, runs)
    page.write_text(replaced(page.read_text(), table(runs)))
    return f"docs/drills.md: {len(runs)} runs of {len({run.drill for run in runs})} drills"


def reports(folder: Path) -> list[Run]:
    """Return every run with a fault whose report is in `folder`, but those in which the machine stood still."""
    found = []
    for file in sorted(folder.glob("drill-*.json")):
        if file.stem.endswith("-latest") or file.stem.startswith("drill-gameday"):
            continue
        try:
            run = Run.model_validate_json(file.read_text())
        except ValidationError as error:
            raise LabError(f"{file} can't be read", why=str(error), fix=f"rm {file}") from error
        found += [] if run.dry or run.void else [run]
    return found


def read(file: Path) -> list[Figures]:
    """Return the runs that were kept, none where there is no such file. Raises LabError for a line that is none."""
    if not file.is_file():
        return []
    with file.open(newline="") as lines:
        try:
            return [Figures.model_validate({k: v for k, v in row.items() if v}) for row in csv.DictReader(lines)]
        except ValidationError as error:
            raise LabError(f"{file} can't be read", why=str(error), fix=f"git checkout {file}") from error


def merged(kept: Iterable[Figures], fresh: Iterable[Figures]) -> list[Figures]:
    """Return both, each run once, in the order in which they began."""
    runs = {(run.began, run.drill, run.reasons): run for run in (*kept, *fresh)}
    return [runs[key] for key in sorted(runs)]


def keep(file: Path, runs: Iterable[Figures]) -> None:
    """Write the runs, a line each."""
    with file.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(Figures.model_fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows(run.model_dump() for run in runs)


def table(runs: Sequence[Figures]) -> str:
    """Return the figures as Markdown: one row a drill, minimum / median / maximum of the runs that passed."""
    rows = [_row(name, mine) for name in _order(runs) if (mine := [run for run in runs if run.drill == name])]
    machines = sorted({run.machine for run in runs})
    told = f"{len(runs)} runs from {runs[0].began[:10]} to {runs[-1].began[:10]} on {'; '.join(machines)}."
    return "\n".join((told, "", _HEAD, *rows))


def _order(runs: Sequence[Figures]) -> list[str]:
    known = [kind.name for kind in DRILLS]
    return known + sorted({run.drill for run in runs} - set(known))


def _row(name: str, runs: Sequence[Figures]) -> str:
    passed = [run for run in runs if not run.reasons]
    cells = (
        _spread([run.detected for run in passed]),
        _spread([run.delivered for run in passed]),
        _spread([run.recovered for run in passed]),
    )
    lost = sum(run.lost or 0 for run in runs)
    return f"| {name} | {len(runs)} | {len(runs) - len(passed)} | {' | '.join(cells)} | {lost} |"


def _cents(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "none"
    if len(known) == 1:
        return f"{known[0]:.1f}"
    return f"{min(known):.1f} / {median(known):.1f} / {max(known):.1f}"


def replaced(text: str, figures: str) -> str:
    """Return a document with what stands between its two marks replaced. Raises LabError where the marks are gone."""
    found, times = re.subn(
        f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", lambda _: f"{_BEGIN}\n{figures}\n{_END}", text, flags=re.DOTALL
    )
    if times != 1:
        raise LabError("docs/drills.md has no place for figures", fix=f"put {_BEGIN} and {_END} into it")
    return found
