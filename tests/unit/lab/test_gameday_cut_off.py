"""A game that is cut off takes its fault back: its start's end is its own, and SIGTERM ends a host in order."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.core import stop
from lab.core.errors import CheckError, Interrupted, LabError, StepError
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.drills.catalogue import DRILLS
from lab.drills.field import Field
from lab.flows import drill, gameday
from lab.flows.drilling import game_host
from lab.flows.drilling.game import Table
from lab.flows.drilling.marker import Marker
from lab.tools import processes

KIND = DRILLS[0]
_HOST = """
import time
from pathlib import Path
Path("up").touch()
time.sleep(60)
"""


@pytest.fixture
def field(tmp_path: Path) -> Field:
    ports = dict.fromkeys(("localstack", "prometheus", "alertmanager", "grafana", "pager"), 1)
    state = {"runtime": "kind", "lab_id": "0", "services": dict.fromkeys(SERVICES, 1), **ports}
    paths = Paths(tmp_path)
    paths.run.mkdir(parents=True)
    return Field(paths, LabState.model_validate(state))


@pytest.fixture
def back(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the drills that were rolled back."""
    names: list[str] = []
    monkeypatch.setattr(KIND, "rollback", lambda self: names.append(self.name))
    return names


def late() -> None:
    raise CheckError("late")


def ctrl_c(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)
    stop.pause(10)
    raise CheckError("nobody was ended")


@pytest.mark.parametrize(("ending", "error"), [(late, StepError), (ctrl_c, Interrupted)])
def test_a_start_that_fails_leaves_neither_host_nor_fault(
    ending: Callable[[], None],
    error: type[LabError],
    field: Field,
    back: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "lab" / "flows" / "drilling"
    folder.mkdir(parents=True)
    (folder / "game_host.py").write_text(_HOST)
    for package in (folder, *folder.parents[:2]):
        (package / "__init__.py").touch()

    @contextmanager
    def ready(_: Paths) -> Iterator[Field]:
        yield field

    def until(*_: object) -> None:
        wait("host", (tmp_path / "up").exists, bool)
        Marker(field.paths).set(KIND(field))
        ending()

    monkeypatch.setattr(gameday, "Paths", lambda: field.paths)
    monkeypatch.setattr(gameday, "ready", ready)
    monkeypatch.setattr(gameday, "_until", until)
    with pytest.raises(error):
        gameday.start(1, plain=True)
    assert processes.of_lab(field.paths.lab_id) == []
    assert (back, Marker(field.paths).is_set()) == ([KIND.name], False)


@pytest.fixture
def _sigterm() -> Iterator[None]:
    """SIGTERM ends nothing until somebody says what it does; what is so now is so again."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_sigterm")
def test_a_host_that_is_ended_takes_its_fault_back_and_tells(
    field: Field, back: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_steady", "_begin_load", "_pass"):
        monkeypatch.setattr(game_host.Game, name, lambda *_: None)
    monkeypatch.setattr(KIND, "fault", lambda _: ctrl_c(signal.SIGTERM))
    monkeypatch.setattr(game_host, "Paths", lambda: field.paths)
    monkeypatch.setattr(game_host, "chosen", lambda _: (KIND, "", 0))
    monkeypatch.setattr(drill, "the_field", lambda _: field)
    game_host.main(1)
    hosted = Table(field.paths).game()
    assert (hosted.phase, hosted.why, back) == ("failed", "interrupted", [KIND.name])
    assert not Marker(field.paths).is_set()
