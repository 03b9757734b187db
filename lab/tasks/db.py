"""Backups of the databases."""

from json import dumps

from invoke.context import Context
from invoke.tasks import task

from lab.core.state import SERVICES
from lab.flows import backups, restore
from lab.flows.command import job, out, plainly


@task(help={"service": f"one of {', '.join(SERVICES)}; all by default", "plain": "no live progress"})
@job
def db_backup(_: Context, service: str | None = None, plain: bool = False) -> None:
    """Dump the services' databases, read the dumps back, keep them on disk and in S3."""
    made = backups.backup(service, plainly(plain))
    print(f"{made.name}: {backups.rows(made)}")


@task(help={"json": "machine-readable"})
@job
def db_list(_: Context, json: bool = False) -> None:
    """Show the backups and where each is."""
    kept = backups.listed()
    print(dumps([one.model_dump(mode="json") for one in kept], indent=2)) if json else out.print(backups.render(kept))


@task(
    positional=["name"],
    help={
        "name": "of a backup, or latest",
        "service": f"one of {', '.join(SERVICES)}; all by default",
        "confirm": "don't have its name typed",
        "json": "machine-readable",
        "plain": "no live progress",
    },
)
@job
def db_restore(
    _: Context, name: str, service: str | None = None, confirm: bool = False, json: bool = False, plain: bool = False
) -> None:
    """Put a backup in the place of the databases, and say how long it took and which orders are gone."""
    done = restore.restore(name, service, confirm, plainly(plain))
    print(done.model_dump_json(indent=2)) if json else out.print(restore.render(done))
