"""`db.restore`: a backup in the place of what is there, and what that cost."""

from rich.console import Console, RenderableType
from rich.table import Table

from lab.core.graph import run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.state import require
from lab.core.view import view_for
from lab.flows.backups import chosen, rows
from lab.flows.command import confirmed
from lab.stages.backup_files import Manifest
from lab.stages.backups import Backups
from lab.stages.host_programs import DATABASES
from lab.stages.restore import Restore, Restored

_SHOWN = 10  # ids of orders that are gone; all of them are in the JSON


def restore(word: str, service: str | None, confirm: bool, plain: bool) -> Restored:
    """Restore a backup (its name, or `latest`) over one service's database, or over all.

    Raises UsageError for an unknown backup, one that does not fit, or a name not typed; CheckError for a damaged one.
    """
    paths, services = Paths(), chosen(service)
    with lock(paths.state / "lock"):
        state = require(paths.run)
        name = Backups(paths, state).named(word, services)
        doing = Restore(paths, state, name, services)
        manifest = doing.check()
        if not confirm:
            _ask(manifest, [DATABASES[service] for service in services])
        run_graph(doing.steps(), view_for(Console(stderr=True), plain=plain))
        return doing.result()


def _ask(manifest: Manifest, databases: list[str]) -> None:
    """Have the backup's name typed."""
    does = f"{manifest.name} ({rows(manifest)}) takes the place of {', '.join(databases)}"
    confirmed(manifest.name, None, does, f"./inv db.restore {manifest.name} --confirm")


def render(done: Restored) -> RenderableType:
    """Return the restore as a table."""
    table = Table(title=f"restored from {done.name}", title_justify="left", show_header=False)
    for database, tables in done.rows.items():
        table.add_row(database, ", ".join(f"{n} {name}" for name, n in sorted(tables.items())))
    sums = done.ledger
    table.add_row(
        "ledger",
        f"{sums.accepted} accepted = {sums.notified} notified + {sums.pending} pending + {sums.dlq} in the DLQ; "
        f"{len(sums.lost)} lost",
    )
    table.add_row("RTO", f"{done.rto_seconds:.1f} s, from the start to ready services and a counted ledger")
    table.add_row("RPO", f"{done.rpo_seconds:.1f} s, from the backup to the newest order that is gone")
    if done.gone:
        what = f"{len(done.gone)} orders, accepted after the backup; notification-service knows of {done.unknown}"
        table.add_row("[red]gone[/]", f"{what}\n" + "\n".join(done.gone[:_SHOWN]))
    table.add_row("replaced", f"kept as {', '.join(done.safety)}" if done.safety else "nothing was there")
    return table
