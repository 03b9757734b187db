"""What `chaos.*` prints: the drills that there are, and the verdicts of those that ran."""

from collections.abc import Sequence
from json import dumps

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from lab.drills.catalogue import DRILLS
from lab.drills.record import Run


def tell(runs: Sequence[Run], json: bool) -> bool:
    """Print the verdicts, as a table or all that was seen as JSON; return whether all passed."""
    if json:
        print(dumps([run.model_dump(mode="json") for run in runs], indent=2))  # noqa: T201 - for programs
    else:
        Console().print(render(runs))
    return all(run.ok for run in runs)


def render(runs: Sequence[Run]) -> RenderableType:
    """Return the verdicts as a table."""
    table = Table(title="drills", title_justify="left")
    for column in ("drill", "detected", "delivered", "recovered", "lost", "verdict"):
        table.add_column(
            column, justify="right" if column in {"detected", "delivered", "recovered", "lost"} else "left"
        )
    for run in runs:
        verdict = "[green]passed[/]" if run.ok else f"[red]{'; '.join(run.reasons)}[/]"
        lost = "" if run.ledger is None else str(len(run.ledger.lost))
        times = (_seconds(value) for value in (run.detected, run.delivered, run.recovered))
        table.add_row(f"{run.drill}{' (dry)' if run.dry else ''}", *times, lost, verdict)
    table.caption = "\n".join(run.html for run in runs if run.html)
    return table


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def catalogue() -> RenderableType:
    """Return every drill with what it must bring."""
    table = Table(title="drills", title_justify="left")
    for column in ("task", "what it does", "must be delivered"):
        table.add_column(column)
    for kind in DRILLS:
        service = f" [--service {'|'.join(kind.targets)}]" if kind.targets else ""
        table.add_row(
            escape(f"chaos.{kind.name}{service}"), kind.title, escape(", ".join(map(str, kind.pages))) or "nothing"
        )
    return table
