"""`chaos.*`: one drill or all of them, and taking back what a drill left."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from lab.core.errors import Interrupted, LabError, UsageError
from lab.core.graph import run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.stop import undisturbed
from lab.core.view import view_for
from lab.drills.base import Drill
from lab.drills.catalogue import DRILLS, drill
from lab.drills.field import Field
from lab.drills.loads import end_left
from lab.drills.quiet import Quiet
from lab.drills.record import Run
from lab.flows.command import within
from lab.flows.drilling import report as drill_report
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.game import refuse_while_under_way
from lab.flows.drilling.marker import Marker
from lab.flows.drilling.watcher import DRY_SECONDS
from lab.flows.drilling.way_back import ROLLING_BACK, left, taken_back
from lab.flows.push import kind_rung
from lab.stages.kind import KindRung

_MOST = 100  # times that one command runs a drill


def one(name: str, target: str | None, dry: bool, plain: bool) -> Run:
    """Run a drill and write its report. Raises UsageError for an unknown drill or service, or a lab without alerts."""
    kind, paths = drill(name), Paths()
    if target is not None and target not in kind.targets:
        fix = f"one of: {', '.join(kind.targets)}" if kind.targets else f"./inv chaos.{name} alone"
        raise UsageError(f"--service {target!r} is no target of {name}", fix=fix)
    with ready(paths) as field:
        return _run(kind(field, target or ""), dry=dry, plain=plain)


def quiet(seconds: int, plain: bool) -> Run:
    """Break nothing for `seconds`, under load; no alert may fire, no order be lost."""
    paths = Paths()
    with ready(paths) as field:
        again = f"./inv chaos.quiet --time {seconds}s"
        return _run(Quiet(field), dry=True, plain=plain, dry_seconds=seconds, again=again)


def every(only: str | None, skip: str | None, count: int, dry: bool, plain: bool) -> list[Run]:
    """Run all drills, or some, `count` times; a drill that fails ends nothing. Writes one report of all that ran.

    Raises UsageError for an unknown drill, or when none is left to run; the LabError of a fault that can't be taken
    back, for what follows would prove nothing.
    """
    within("count", count, 1, _MOST)
    left_out = {drill(name) for name in _names(skip)}
    wanted = [kind for kind in [drill(name) for name in _names(only)] or DRILLS if kind not in left_out]
    if not wanted:
        raise UsageError("no drill is left to run", why="--skip names all of them", fix="skip fewer: --skip NAME,NAME")
    paths, runs = Paths(), list[Run]()
    try:
        with ready(paths) as field:
            for kind in wanted * count:
                left(paths, field)
                runs.append(_run(kind(field), dry=dry, plain=plain))
    finally:
        if runs:
            drill_report.write_all(paths, runs)
    return runs


@contextmanager
def ready(paths: Paths) -> Iterator[Field]:
    """Yield what drills work on, nobody else at work and nothing left of an earlier drill. Raises UsageError."""
    with lock(paths.state / "lock"):
        refuse_while_under_way(paths)
        field = the_field(paths)
        left(paths, field)
        yield field


def rollback(plain: bool) -> list[str]:
    """Take back whatever any drill may have left; return the names of the drills asked.

    What can't be taken back at first is tried again after the others: git may have been away. Raises its LabError then,
    UsageError while a game is under way: its fault is its player's to mend.
    """
    paths = Paths()
    with lock(paths.state / "lock"), undisturbed(ROLLING_BACK):
        refuse_while_under_way(paths)
        field = the_field(paths)
        end_left(field)
        again = [kind for kind in DRILLS if not _taken_back(kind(field), plain=plain)]
        for kind in again:
            kind(field).rollback()
        Marker(paths).clear()
    return [kind.name for kind in DRILLS]


def _taken_back(made: Drill, *, plain: bool) -> bool:
    if plain:
        say(f"rolling back {made.name}")
    try:
        made.rollback()
    except LabError as error:
        say(f"{made.name}: {error.what} ({error.why}); once more after the others")
        return False
    return True


def the_field(paths: Paths) -> Field:
    """Return what drills work on. Raises UsageError for a lab without the whole platform."""
    state = kind_rung(paths).state
    if state.profile != "full":
        fix = "./inv lab.down, then ./inv lab.up --runtime kind --profile full"
        raise UsageError("drills need alerts to judge by", why=f"this lab's profile is {state.profile}", fix=fix)
    return Field(paths, state)


def _run(made: Drill, *, dry: bool, plain: bool, dry_seconds: float = DRY_SECONDS, again: str = "") -> Run:
    paths, marker = made.field.paths, Marker(made.field.paths)
    substitutes = KindRung(paths, made.field.state).ground.artifacts.substituted()
    engine = Engine(made, dry=dry, substitutes=substitutes, marker=marker, dry_seconds=dry_seconds, again=again)
    try:
        with taken_back(engine):
            run_graph(engine.steps(), view_for(Console(stderr=True), plain=plain))
    except Interrupted as error:
        there, gone = "./inv chaos.rollback: the fault is still there", "./inv lab.verify: the fault was taken back"
        error.fix = there if marker.is_set() else gone
        raise
    except LabError as error:
        engine.run.reasons.append(error.words)
    engine.run.html = drill_report.write(paths, engine.folder, engine.run)
    return engine.run


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
