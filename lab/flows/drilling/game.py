"""A game: what its host keeps, what its player did, and what that scores."""

import base64
import random
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from lab.core.errors import LabError, UsageError
from lab.core.files import replace
from lab.core.paths import Paths
from lab.drills.base import Drill
from lab.drills.catalogue import DRILLS, drill
from lab.drills.kyverno_down import KyvernoDown
from lab.drills.surge import Surge
from lab.tools import processes

_FULL, _PER_HINT, _PER_WRONG, _PER_MINUTE, _FREE_MINUTES = 100, 10, 10, 2, 5
_DELAYS = (10, 60)  # seconds of good weather before the fault
_PASSING = {Surge, KyvernoDown}  # customers go and a frozen program is ended before anybody mends it


class Hosted(BaseModel):
    """What the game's own process tells. `secret` keeps the drill's name from who reads by chance.

    `phase`: "preparing" until the fault, "running" until it is mitigated or given up, "ending" until there is a report.
    `why` tells why it "failed", or counts as given up.
    """

    pid: int
    lab: str = ""  # whose mark its process bears
    seed: int
    secret: str
    phase: Literal["preparing", "running", "ending", "over", "failed"] = "preparing"
    why: str = ""
    began: datetime
    fault_at: datetime | None = None
    mitigated_at: datetime | None = None
    html: str = ""
    postmortem: str = ""

    @property
    def drill(self) -> type[Drill]:
        """The hidden drill."""
        return drill(base64.b64decode(self.secret).decode())

    @property
    def under_way(self) -> bool:
        """Whether its process lives and the fault may be in the lab."""
        return self.phase not in {"over", "failed"} and processes.is_of(self.lab, self.pid)


class Played(BaseModel):
    """What the player did: `hints` taken, `wrong` answers, when the right one came."""

    hints: int = 0
    wrong: list[str] = []
    answered_at: datetime | None = None
    gave_up: bool = False


class Score(BaseModel):
    """Points out of 100; what each part took away. Times in seconds from the fault, None for what did not happen."""

    points: int
    detect: float | None
    mitigate: float | None
    lines: list[tuple[str, int]]


def eligible() -> list[type[Drill]]:
    """Return the drills that a game may hide: those that a person can investigate and must mend."""
    return [kind for kind in DRILLS if kind.hints and not kind.heals and kind not in _PASSING]


def chosen(seed: int) -> tuple[type[Drill], str, float]:
    """Return drill, target and seconds of delay that a seed stands for; the same ones each time."""
    dice = random.Random(seed)  # noqa: S311 - a game
    kind = dice.choice(eligible())
    return kind, dice.choice(kind.targets or ("",)), dice.uniform(*_DELAYS)


def hidden(kind: type[Drill]) -> str:
    """Return a drill's name as the host keeps it."""
    return base64.b64encode(kind.name.encode()).decode()


def score(hosted: Hosted, played: Played) -> Score:
    """Return the score: a hundred, less hints, wrong answers and minutes beyond the first five of each part."""
    detect, mitigate = _since(hosted, played.answered_at), _since(hosted, hosted.mitigated_at)
    lines = [(f"{played.hints} hints", -_PER_HINT * played.hints)]
    lines.append((f"{len(played.wrong)} wrong answers", -_PER_WRONG * len(played.wrong)))
    for words, seconds in (("to detect", detect), ("to mitigate", mitigate)):
        if seconds is None or (played.gave_up and words == "to mitigate"):
            why = f": {hosted.why}" if hosted.why and words == "to mitigate" else ""
            lines.append((f"not {'detected' if words == 'to detect' else 'mitigated'} by you{why}", -_FULL // 2))
        else:
            lines.append(
                (f"{seconds / 60:.1f} minutes {words}", -_PER_MINUTE * max(0, round(seconds / 60 - _FREE_MINUTES)))
            )
    points = max(0, _FULL + sum(points for _, points in lines))
    return Score(points=points, detect=detect, mitigate=None if played.gave_up else mitigate, lines=lines)


def _since(hosted: Hosted, moment: datetime | None) -> float | None:
    return None if moment is None or hosted.fault_at is None else (moment - hosted.fault_at).total_seconds()


class Table:
    """Where a game lies: .lab/run/gameday. Host and player have a file each, and neither writes the other's."""

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.run / "gameday"

    def hosted(self) -> Hosted | None:
        """Return what the host tells, None where there was no game."""
        return self._read(Hosted, "host.json")

    def game(self) -> Hosted:
        """Return what the host tells. Raises UsageError where there was no game."""
        found = self.hosted()
        if found is None:
            raise UsageError("no game day was started", fix="./inv gameday.start")
        return found

    def played(self) -> Played:
        """Return what the player did so far."""
        return self._read(Played, "player.json") or Played()

    def keep(self, what: Hosted | Played) -> None:
        """Write it whole or not at all."""
        file = self._folder / ("host.json" if isinstance(what, Hosted) else "player.json")
        replace(file, what.model_dump_json(indent=2))

    def clear(self) -> None:
        """Begin a new game: nothing is known of an earlier one."""
        for name in ("host.json", "player.json"):
            (self._folder / name).unlink(missing_ok=True)

    def _read[M: BaseModel](self, kind: type[M], name: str) -> M | None:
        file: Path = self._folder / name
        try:
            return kind.model_validate_json(file.read_text()) if file.is_file() else None
        except ValidationError as error:
            fix = "remove it, then ./inv chaos.rollback"
            raise LabError(f"{file} can't be read", why=str(error), fix=fix) from error


def under_way(paths: Paths) -> bool:
    """Return whether a game is: the fault in the lab is there to be found."""
    hosted = Table(paths).hosted()
    return hosted is not None and hosted.under_way


def refuse_while_under_way(paths: Paths) -> None:
    """Raise UsageError while a game is under way: what a drill takes back would be its fault."""
    if under_way(paths):
        raise UsageError("a game day is under way", fix="./inv gameday.report --give-up ends it")
