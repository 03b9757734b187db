"""The process behind a game day: load, a hidden fault, until the player has mended it; then the report.

Started by `gameday.start` as `python -m lab.flows.drilling.game_host SEED`; it tells what it does in .lab/run/gameday.
"""

import os
import signal
import sys
from datetime import UTC, datetime

from rich.console import Console

from lab.core.errors import LabError, WaitTimeout
from lab.core.graph import Step, in_turn, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.view import PlainView
from lab.core.wait import wait
from lab.flows import drill
from lab.flows.drilling import report as drill_report
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.game import Hosted, Table, chosen, hidden
from lab.flows.drilling.marker import Marker
from lab.flows.drilling.way_back import taken_back

_AT_MOST = 1500.0  # seconds that a game may take; the load ends soon after
_AT_WORK = 600.0  # seconds that a command of the player's may still take when the game is over
_PROVEN = 3  # looks in a row at a lab that is well: one may be luck


class Game(Engine):
    """A drill that waits for somebody to mend it."""

    hosted: Hosted
    table: Table
    delay: float

    def steps(self) -> list[Step]:
        """Return the game as steps, one after the other."""
        doing = [
            ("steady state", self._steady),
            ("load", self._begin_load),
            ("good weather", lambda: self._pass(self.delay)),
            ("fault", self._fault),
            ("game", self._play),
            ("way back", self.roll_back),
            ("recovery", self._recover),
            ("ledger", self._count),
        ]
        return in_turn(doing)

    def roll_back(self) -> None:
        """Take the fault back, while no command of the player's is at work; before it runs, its start has the lock."""
        if self.hosted.phase == "preparing":
            super().roll_back()
            return
        with lock(self._field.paths.state / "lock", timeout=_AT_WORK):
            super().roll_back()

    def tell(self, **what: object) -> None:
        """Tell the player's commands."""
        self.hosted = self.hosted.model_copy(update=what)
        self.table.keep(self.hosted)

    def _play(self) -> None:
        self.tell(phase="running", fault_at=datetime.now(UTC))
        self._watcher.begin()
        why = ""
        try:
            wait("game", self._look, lambda over: over, explain=lambda _: "under way", delay=2, timeout=_AT_MOST,
                 successes=_PROVEN)  # fmt: skip
        except WaitTimeout:
            why = f"not over after {_AT_MOST / 60:.0f} minutes, which counts as given up"
            self._note("phase", f"the game was {why}")
        given_up = why or self.table.played().gave_up
        self.tell(phase="ending", why=why, mitigated_at=None if given_up else datetime.now(UTC))

    def _look(self) -> bool:
        """Look at what the fault brings; return whether the game is over. What can't be looked at is not."""
        self._watcher.missing()
        if self.table.played().gave_up:
            return True
        try:
            return self.run.effect_at is not None and not self._drill.effect() and not self._unwell()
        except LabError as error:
            say(error.words)
            return False


def main(seed: int) -> None:
    """Host one game; SIGTERM ends it as Ctrl-C would, the fault taken back."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    paths = Paths()
    table = Table(paths)
    kind, target, delay = chosen(seed)
    field = drill.the_field(paths)
    game = Game(kind(field, target), dry=False, substitutes={}, marker=Marker(paths), called="gameday")
    game.table, game.delay = table, delay
    game.hosted = Hosted(pid=os.getpid(), lab=paths.lab_id, seed=seed, secret=hidden(kind), began=datetime.now(UTC))
    table.keep(game.hosted)
    why = ""
    try:
        with taken_back(game):
            run_graph(game.steps(), PlainView(Console(stderr=True)))
    except LabError as error:
        why = error.words
    html = drill_report.write(paths, game.folder, game.run)
    postmortem = drill_report.postmortem(paths, game.folder, game.run)
    game.tell(phase="failed" if why else "over", why=why or game.hosted.why, html=html, postmortem=postmortem)


if __name__ == "__main__":
    main(int(sys.argv[1]))
