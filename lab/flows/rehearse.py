"""`aws.rehearse`: the environment dev on an AWS emulator from nothing to nothing, and what of it that proves."""

from datetime import UTC, datetime

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

from lab.checks import machine, plans
from lab.checks.exercised import exercised
from lab.core.config import Config
from lab.core.errors import CheckError
from lab.core.graph import in_turn, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.view import view_for
from lab.flows import report
from lab.stages.rehearsal import Rehearsal

_NAME = "dev"  # prod is the same and refuses to be deleted


class Type(BaseModel):
    """A type of resource: how many Terraform made, how often the emulator was asked for one, and what that means."""

    type: str
    made: int
    asked: int
    really: bool
    words: str


class RehearsalReport(BaseModel):
    """What a rehearsal did. `seconds` is the time of each step; `report` where all of this lies as JSON."""

    began: str
    machine: str
    environment: str
    applied: plans.Changes
    destroyed: plans.Changes
    types: list[Type]
    seconds: dict[str, float]
    report: str


def rehearse(plain: bool, config: Config) -> RehearsalReport:
    """Apply dev to an emulator, see a second plan empty, destroy it, see nothing left.

    Raises StepError when Terraform fails or a second plan is not empty.
    """
    paths, began = Paths(), datetime.now(UTC).isoformat(timespec="seconds")
    done: dict[str, plans.Changes] = {}
    types: list[Type] = []
    with lock(paths.state / "aws" / "lock"), Rehearsal(paths, _NAME, config) as rehearsal:

        def again() -> None:
            if changes := rehearsal.again():
                raise CheckError("a second apply would change something", why=", ".join(changes))

        def proof() -> None:
            found = exercised(rehearsal.declared(), rehearsal.made(), rehearsal.calls())
            types.extend(Type(type=t.type, made=t.made, asked=t.asked, really=t.really, words=t.words) for t in found)

        def destroy() -> None:
            done["destroyed"] = rehearsal.destroy()
            if left := rehearsal.made():
                raise CheckError("something is left after the destroy", why=", ".join(left))

        doing = (
            ("init", rehearsal.prepare),
            ("apply", lambda: done.update(applied=rehearsal.apply())),
            ("proof", proof),
            ("second plan", again),
            ("destroy", destroy),
        )
        steps = in_turn(doing)
        timings = run_graph(steps, view_for(Console(stderr=True), plain=plain))
    file = report.page(paths, "rehearsal", began).with_suffix(".json")
    made = RehearsalReport(
        began=began,
        machine=machine.describe(),
        environment=_NAME,
        applied=done["applied"],
        destroyed=done["destroyed"],
        types=types,
        seconds={timing.name: timing.seconds for timing in timings},
        report=str(file.relative_to(paths.checkout)),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(made.model_dump_json(indent=2))
    return made


def render(made: RehearsalReport) -> RenderableType:
    """Return each type with what became of it."""
    table = Table(title=f"{made.environment} on an AWS emulator", title_justify="left")
    for column in ("type", "made", "asked for", "what that means"):
        table.add_column(column)
    for one in sorted(made.types, key=lambda one: not one.really):
        table.add_row(one.type, str(one.made), str(one.asked), one.words)
    really = sum(one.really for one in made.types)
    table.caption = (
        f"{made.applied.make} resources made, a second plan is empty, {made.destroyed.delete} deleted\n"
        f"{really} of {len(made.types)} types were really made by the emulator; {made.report}"
    )
    return table
