"""The host of a game: what ends it, what does not, and whom it waits for before it takes the fault back."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.core.errors import AnswerError
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.drills.catalogue import DRILLS
from lab.drills.field import Field
from lab.drills.kyverno_down import KyvernoDown
from lab.drills.surge import Surge
from lab.flows import drill
from lab.flows.drilling import game_host
from lab.flows.drilling.game import Hosted, Played, Table, eligible, hidden, score
from lab.flows.drilling.game_host import Game
from lab.flows.drilling.marker import Marker

KIND = DRILLS[0]
AWAY = AnswerError("order-service does not answer", why="refused")


@pytest.fixture
def field(tmp_path: Path) -> Field:
    ports = dict.fromkeys(("localstack", "prometheus", "alertmanager", "grafana", "pager"), 1)
    state = {"runtime": "kind", "lab_id": "0", "services": dict.fromkeys(SERVICES, 1), **ports}
    return Field(Paths(tmp_path), LabState.model_validate(state))


@pytest.fixture
def back(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the drills that were rolled back."""
    names: list[str] = []
    monkeypatch.setattr(KIND, "rollback", lambda self: names.append(self.name))
    return names


@pytest.fixture
def game(field: Field) -> Game:
    """A game whose fault is in, as its host has it."""
    made = Game(KIND(field), dry=False, substitutes={}, marker=Marker(field.paths), called="gameday")
    made.table = Table(field.paths)
    made.hosted = Hosted(pid=1, seed=1, secret=hidden(KIND), began=datetime.now(UTC))
    made.tell(phase="running", fault_at=datetime.now(UTC))
    return made


def looks(monkeypatch: pytest.MonkeyPatch, *effects: str | AnswerError, unwell: tuple[object, ...] = ()) -> None:
    """Have looks at the effect tell these, one after the other, and those at the lab nothing but `unwell`."""
    left, wrong = iter(effects), iter(unwell)

    def told(answers: Iterator[object], default: object) -> object:
        answer = next(answers, default)
        if isinstance(answer, AnswerError):
            raise answer
        return answer

    monkeypatch.setattr(KIND, "effect", lambda _: told(left, ""))
    monkeypatch.setattr(Game, "_unwell", lambda _: told(wrong, []))


def test_what_can_not_be_looked_at_is_not_over(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    looks(monkeypatch, "late", "late", AWAY, "", "", unwell=(AWAY, []))
    assert [game._look() for _ in range(4)] == [False, False, False, True]


def test_a_game_that_takes_too_long_is_given_up_and_scored(
    field: Field, back: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_steady", "_begin_load", "_pass", "_recover", "_count"):
        monkeypatch.setattr(Game, name, lambda *_: None)
    looks(monkeypatch)
    monkeypatch.setattr(KIND, "fault", lambda _: looks(monkeypatch, *(100 * ["late"])))
    monkeypatch.setattr(game_host, "_AT_MOST", 1.0)
    monkeypatch.setattr(game_host, "Paths", lambda: field.paths)
    monkeypatch.setattr(game_host, "chosen", lambda _: (KIND, "", 0))
    monkeypatch.setattr(drill, "the_field", lambda _: field)
    game_host.main(1)
    hosted = Table(field.paths).game()
    assert (hosted.phase, hosted.mitigated_at, back) == ("over", None, [KIND.name])
    made = score(hosted, Played(answered_at=hosted.fault_at))
    assert (made.points, made.mitigate) == (50, None)
    assert made.lines[-1] == (f"not mitigated by you: {hosted.why}", -50)
    assert "counts as given up" in hosted.why


def test_what_a_player_can_not_mend_is_hidden_in_no_game() -> None:
    left_out = {kind for kind in DRILLS if not kind.heals} - set(eligible())
    assert left_out == {Surge, KyvernoDown}


def test_the_fault_is_taken_back_when_no_command_is_at_work(game: Game, back: list[str], field: Field) -> None:
    taking = threading.Thread(target=game.roll_back)
    with lock(field.paths.state / "lock"):
        taking.start()
        taking.join(timeout=1)
        assert back == []
        assert game.run.rollback_at is None
    taking.join(timeout=10)
    assert back == [KIND.name]
    with lock(field.paths.state / "lock", timeout=1):
        pass


def test_before_a_game_is_begun_the_lock_is_its_starts(game: Game, back: list[str], field: Field) -> None:
    game.tell(phase="preparing")
    with lock(field.paths.state / "lock"):
        game.roll_back()
    assert back == [KIND.name]
