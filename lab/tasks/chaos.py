"""Drills."""

from collections.abc import Callable

from invoke.context import Context
from invoke.tasks import Task, task

from lab.drills.base import Drill
from lab.drills.catalogue import DRILLS
from lab.flows import drill, load_plan
from lab.flows.command import job, number, out, plainly
from lab.flows.drilling import tables

_DRILL = {"dry": "leave the fault out: nothing may be seen", "json": "machine-readable", "plain": "no live progress"}


@task()
@job
def chaos_list(_: Context) -> None:
    """Show every drill, and which alerts it must bring."""
    out.print(tables.catalogue())


@task(help={"only": "names, with commas", "skip": "names, with commas", "count": "of each (1)", **_DRILL})
@job
def chaos_all(
    _: Context,
    only: str | None = None,
    skip: str | None = None,
    count: str = "1",
    dry: bool = False,
    json: bool = False,
    plain: bool = False,
) -> bool:
    """Run every drill, one after the other; one report of all (kind, profile full)."""
    return tables.tell(drill.every(only, skip, number("count", count, int) or 0, dry, plainly(plain)), json)


@task(help={"time": "such as 15m", "json": "machine-readable", "plain": "no live progress"})
@job
def chaos_quiet(_: Context, time: str = "15m", json: bool = False, plain: bool = False) -> bool:
    """Break nothing, under load: no alert may fire (kind, profile full)."""
    return tables.tell([drill.quiet(load_plan.seconds(time), plainly(plain))], json)


@task(help={"plain": "no live progress"})
@job
def chaos_rollback(_: Context, plain: bool = False) -> None:
    """Take back whatever a drill may have left (kind, profile full)."""
    print(f"rolled back: {', '.join(drill.rollback(plainly(plain)))}")


def _drill(kind: type[Drill]) -> Task[Callable[..., None]]:
    """Return the task of one drill."""

    @task(name=kind.name, help={"service": f"one of {', '.join(kind.targets) or 'none'}", **_DRILL})
    @job
    def run(_: Context, service: str | None = None, dry: bool = False, json: bool = False, plain: bool = False) -> bool:
        return tables.tell([drill.one(kind.name, service, dry, plainly(plain))], json)

    run.__doc__ = f"{kind.title}: seen, survived, recovered (kind, profile full)."
    made: Task[Callable[..., None]] = run
    return made


EACH = tuple(_drill(kind) for kind in DRILLS)
