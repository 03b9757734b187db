"""`db.backup` and `db.list`: backups of the services' databases, made and shown."""

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.table import Table

from lab.core.errors import UsageError
from lab.core.graph import run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.state import SERVICES, load, require
from lab.core.view import view_for
from lab.stages.backup import ORDER, Backup
from lab.stages.backup_files import Manifest
from lab.stages.backups import Backups, Kept


def backup(service: str | None, plain: bool) -> Manifest:
    """Back up one service's database, or all. Raises UsageError for an unknown service, or when no lab is up."""
    services = chosen(service)
    paths = Paths()
    with lock(paths.state / "lock"):
        made = Backup.of(paths, require(paths.run), services)
        run_graph(made.steps(), view_for(Console(stderr=True), plain=plain))
        return made.made


def chosen(service: str | None) -> Sequence[str]:
    """Return the services that are meant. Raises UsageError for an unknown one."""
    if service is None:
        return ORDER
    if service not in SERVICES:
        raise UsageError(f"no service is called {service!r}", fix=f"one of: {', '.join(SERVICES)}")
    return (service,)


def listed() -> list[Kept]:
    """Return every backup of this lab, the newest first; while it is not up, those on disk."""
    paths = Paths()
    return Backups(paths, load(paths.run)).kept()


def render(kept: Sequence[Kept]) -> RenderableType:
    """Return the backups as a table."""
    if not kept:
        return "no backup is there: ./inv db.backup"
    table = Table("backup", "where", "rows", "size", title_justify="left")
    for one in kept:
        where = ", ".join(place for place, there in (("disk", one.on_disk), ("S3", one.in_s3)) if there)
        table.add_row(one.name, where, *_of(one))
    return table


def _of(kept: Kept) -> tuple[str, str]:
    if kept.problem:
        return f"[red]damaged[/]: {kept.problem}", ""
    if kept.manifest is None:
        return "not on disk", ""
    return rows(kept.manifest), f"{sum(dump.size for dump in kept.manifest.dumps.values()) / 1e6:.1f} MB"


def rows(manifest: Manifest) -> str:
    """Return how many orders, users and notifications a backup holds, in words."""
    counted = {table: n for dump in manifest.dumps.values() for table, n in dump.held.tables.items()}
    return ", ".join(f"{counted[table]} {table}" for table in ("orders", "users", "notifications") if table in counted)
