"""A hidden fault to find."""

from invoke.context import Context
from invoke.tasks import task

from lab.flows import gameday
from lab.flows.command import job, number, out, plainly


@task(help={"seed": "the same one hides the same fault", "plain": "no live progress"})
@job
def gameday_start(_: Context, seed: str | None = None, plain: bool = False) -> None:
    """Hide a fault in the lab, under load: find it, name it, mend it (kind, profile full)."""
    hosted = gameday.start(number("seed", seed, int), plainly(plain))
    print(f"game day {hosted.seed}: something is wrong. ./inv lab.open shows where to look; ./inv gameday.hint helps,")
    print("./inv gameday.answer DRILL names it (./inv chaos.list has the names); then mend it: ./inv gameday.report")


@task()
@job
def gameday_hint(_: Context) -> None:
    """Tell a little more of the hidden fault; costs points."""
    print(gameday.hint())


@task(positional=["name"], help={"name": "a drill's name, as chaos.list shows them"})
@job
def gameday_answer(_: Context, name: str) -> bool:
    """Name the hidden fault; a wrong answer costs points."""
    right = gameday.answer(name)
    print("right: now mend it" if right else "that is not it")
    return right


@task(
    help={"give-up": "take the fault back, and end the game", "json": "machine-readable", "plain": "no live progress"}
)
@job
def gameday_report(_: Context, give_up: bool = False, json: bool = False, plain: bool = False) -> None:
    """Show how the game ended: the score, the report, a postmortem to fill in."""
    hosted, played, score = gameday.report(give_up, plainly(plain))
    print(score.model_dump_json(indent=2)) if json else out.print(gameday.render(hosted, played, score))
