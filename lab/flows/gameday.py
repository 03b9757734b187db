"""`gameday.*`: somebody finds and mends a fault that nobody told them of."""

import secrets
import sys
from datetime import UTC, datetime

import psutil
from rich.console import Console, RenderableType
from rich.table import Table as RichTable

from lab.core import proc
from lab.core.errors import LabError, UsageError
from lab.core.graph import Step, run_graph
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.stop import undisturbed
from lab.core.view import view_for
from lab.core.wait import wait
from lab.drills.catalogue import drill
from lab.flows.drill import ready
from lab.flows.drilling.game import Hosted, Played, Score, Table, score
from lab.flows.drilling.way_back import left
from lab.tools import ports, processes

_READY = 900  # seconds until the fault is in, the steady state proven before
_ENDS = 120  # seconds that a game which is cut off may take to take its fault back
_END = 900  # seconds until a game that is over has its report: alerts end some minutes after the fault


def start(seed: int | None, plain: bool) -> Hosted:
    """Begin a game in the background; return when its fault is in. Raises UsageError while one is under way.

    Whatever ends it before that ends the game too, and its fault is taken back.
    """
    paths = Paths()
    table = Table(paths)
    with ready(paths) as field:
        table.clear()
        number = secrets.randbelow(1_000_000) if seed is None else seed
        paths.logs.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "lab.flows.drilling.game_host", str(number)]
        env = {ports.MARK: paths.lab_id}
        steps = [Step("game day", lambda: _until(table, {"running"}, _READY))]
        pid = proc.start_daemon(words, cwd=paths.checkout, env=env, log=paths.logs / "gameday.log")
        try:
            run_graph(steps, view_for(Console(stderr=True), plain=plain))
        except BaseException:
            with undisturbed("ending the game first: this ends by itself within two minutes"):
                say("ending the game: its fault is taken back")
                processes.end([psutil.Process(pid)], grace=_ENDS)
                left(paths, field)
            raise
    return table.game()


def hint() -> str:
    """Return the next hint; it costs points. The last one comes again."""
    table = Table(Paths())
    hosted, played = _running(table), table.played()
    hints = hosted.drill.hints
    taken = min(played.hints + 1, len(hints))
    table.keep(played.model_copy(update={"hints": taken}))
    return f"hint {taken} of {len(hints)}: {hints[taken - 1]}"


def answer(name: str) -> bool:
    """Return whether `name` is the hidden drill; a wrong answer costs points. Raises UsageError for no drill's name."""
    table = Table(Paths())
    hosted, played, given = _running(table), table.played(), drill(name)
    if given is hosted.drill:
        table.keep(played.model_copy(update={"answered_at": played.answered_at or datetime.now(UTC)}))
        return True
    if given.name not in played.wrong:
        table.keep(played.model_copy(update={"wrong": [*played.wrong, given.name]}))
    return False


def report(give_up: bool, plain: bool) -> tuple[Hosted, Played, Score]:
    """Return how the game ended, once it has. Raises UsageError while the lab is not mended, unless `give_up`."""
    table = Table(Paths())
    hosted = table.game()
    if hosted.phase in {"preparing", "running"} and hosted.under_way:
        if not give_up:
            fix = "mend it and wait some seconds; ./inv gameday.report --give-up takes the fault back"
            raise UsageError("the game is not over: the fault is still in the lab", fix=fix)
        table.keep(table.played().model_copy(update={"gave_up": True}))
    steps = [Step("game day", lambda: _until(table, {"over", "failed"}, _END))]
    run_graph(steps, view_for(Console(stderr=True), plain=plain))
    hosted, played = table.game(), table.played()
    if hosted.phase == "failed":
        raise LabError("the game could not be played", why=hosted.why, fix="./inv chaos.rollback, ./inv lab.verify")
    return hosted, played, score(hosted, played)


def _running(table: Table) -> Hosted:
    hosted = table.game()
    if hosted.phase != "running":
        raise UsageError(
            f"the game is {hosted.phase}", why=hosted.why, fix="./inv gameday.report, or ./inv gameday.start"
        )
    return hosted


def _until(table: Table, phases: set[str], timeout: float) -> None:
    """Wait until the host is so far. Raises LabError when its process ended before."""

    def look() -> Hosted | None:
        return table.hosted()

    def wrong(hosted: Hosted | None) -> str | None:
        if hosted is None or hosted.phase in phases:
            return None
        if hosted.phase == "failed":
            return hosted.why
        return None if hosted.under_way else "its process is gone"

    wait(
        "game day",
        look,
        lambda hosted: hosted is not None and hosted.phase in phases,
        error=wrong,
        explain=lambda hosted: hosted.phase if hosted else "starting",
        delay=1,
        timeout=timeout,
        fix="read .lab/logs/gameday.log; ./inv chaos.rollback",
    )


def render(hosted: Hosted, played: Played, made: Score) -> RenderableType:
    """Return the score as a table."""
    table = RichTable(title=f"game day {hosted.seed}: {hosted.drill.title}", title_justify="left", show_header=False)
    for words, points in made.lines:
        table.add_row(words, str(points))
    table.add_row("[bold]score[/]", f"[bold]{made.points}[/] of 100")
    if played.wrong:
        table.add_row("wrong answers", ", ".join(played.wrong))
    table.caption = f"{hosted.html}\n{hosted.postmortem}"
    return table
