"""`docs.drills`: what drills took, out of their reports, into docs/drills.md."""

import re
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from pydantic import ValidationError

from lab.core.errors import LabError, UsageError
from lab.core.paths import Paths
from lab.drills.catalogue import DRILLS
from lab.drills.record import Run

_BEGIN, _END = "<!-- figures: ./inv docs.drills -->", "<!-- end of figures -->"
_HEAD = (
    "| drill | runs | failed | detected s | delivered s | recovered s | orders lost |\n|---|---|---|---|---|---|---|"
)


def write() -> str:
    """Put the figures of every report of .lab/reports into docs/drills.md; return what became of it.

    Raises UsageError where there is no report yet, LabError for a report that can't be read.
    """
    paths = Paths()
    runs = reports(paths.reports)
    if not runs:
        raise UsageError("no drill was run yet", fix="./inv chaos.all --count 5")
    file = paths.checkout / "docs" / "drills.md"
    file.write_text(replaced(file.read_text(), table(runs)))
    return f"docs/drills.md: {len(runs)} runs of {len({run.drill for run in runs})} drills"


def reports(folder: Path) -> list[Run]:
    """Return every run with a fault whose report is in `folder`, the newest last."""
    found = []
    for file in sorted(folder.glob("drill-*.json")):
        if file.stem.endswith("-latest") or file.stem.startswith("drill-gameday"):
            continue
        try:
            run = Run.model_validate_json(file.read_text())
        except ValidationError as error:
            raise LabError(f"{file} can't be read", why=str(error), fix=f"rm {file}") from error
        found += [] if run.dry else [run]
    return sorted(found, key=lambda run: run.began)


def table(runs: Sequence[Run]) -> str:
    """Return the figures as Markdown: one row a drill, minimum / median / maximum of the runs that passed."""
    rows = [_row(name, mine) for name in _order(runs) if (mine := [run for run in runs if run.drill == name])]
    machines = sorted({run.machine for run in runs})
    first, last = runs[0].began, runs[-1].began
    told = f"{len(runs)} runs from {first:%Y-%m-%d} to {last:%Y-%m-%d} on {'; '.join(machines)}."
    return "\n".join((told, "", _HEAD, *rows))


def _order(runs: Sequence[Run]) -> list[str]:
    known = [kind.name for kind in DRILLS]
    return known + sorted({run.drill for run in runs} - set(known))


def _row(name: str, runs: Sequence[Run]) -> str:
    passed = [run for run in runs if run.ok]
    lost = sum(len(run.ledger.lost) for run in runs if run.ledger is not None)
    cells = (
        _spread([run.detected for run in passed]),
        _spread([run.delivered for run in passed]),
        _spread([run.recovered for run in passed]),
    )
    return f"| {name} | {len(runs)} | {len(runs) - len(passed)} | {' | '.join(cells)} | {lost} |"


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
