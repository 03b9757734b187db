"""A fault that could not be taken back stays known until it is, and whoever ends a drill ends its load."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.core import stop
from lab.core.errors import CheckError, Interrupted, LabError
from lab.drills import catalogue
from lab.drills.field import Field
from lab.flows import drill
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.marker import Marker
from lab.flows.drilling.report import Runs
from lab.flows.drilling.way_back import taken_back
from tests.unit.lab.drilling import Breaks, only_the_fault, ready_at


class First(Breaks):
    name = "first"
    title = "Can't be taken back"

    def rollback(self) -> None:
        raise CheckError("nobody answers")


class Second(Breaks):
    name = "second"
    title = "Can be taken back"


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Field:
    """The two drills are all there are, and their engine's other steps do nothing."""
    field = ready_at(tmp_path, monkeypatch)
    for module in (drill, catalogue):
        monkeypatch.setattr(module, "DRILLS", (First, Second))
    only_the_fault(monkeypatch)
    monkeypatch.setattr(First, "broken", [])
    monkeypatch.setattr(Second, "broken", [])
    return field


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the drills whose load has ended."""
    names: list[str] = []
    monkeypatch.setattr(Engine, "close", lambda self: names.append(self.run.drill))
    return names


def test_no_drill_follows_one_whose_fault_is_still_there(field: Field, closed: list[str]) -> None:
    with pytest.raises(LabError, match="nobody answers"):
        drill.every(None, None, 1, dry=False, plain=True)
    found = Marker(field.paths).read()
    assert found is not None
    assert (found.drill, closed) == ("first", ["first"])
    (page,) = field.paths.reports.glob("drills-2*.html")
    assert "nobody answers" in page.read_text()


def test_one_that_can_be_taken_back_later_is_and_the_next_runs(
    field: Field, closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def rollback(_: First) -> None:
        tries.append("once more")
        if len(tries) < 3:  # within the run; as what ended it is cleaned up
            raise CheckError("nobody answers")

    monkeypatch.setattr(First, "rollback", rollback)
    runs = drill.every(None, None, 1, dry=False, plain=True)
    assert [run.drill for run in runs] == closed == ["first", "second"]
    assert (len(tries), Marker(field.paths).is_set()) == (3, False)


def engine_of(kind: type[Breaks], field: Field) -> Engine:
    return Engine(kind(field), dry=False, substitutes={}, marker=Marker(field.paths))


def test_a_drill_takes_back_its_own_fault_alone(field: Field, closed: list[str]) -> None:
    marker = Marker(field.paths)
    marker.set(First(field))
    with taken_back(engine_of(Second, field)):
        Second.broken.append("not by a fault of it")
    assert (Second.broken.pop(), marker.is_set(), closed) == ("not by a fault of it", True, ["second"])
    marker.set(Second(field))
    with taken_back(engine_of(Second, field)):
        Second.broken.append("second")
    assert (Second.broken, marker.is_set()) == ([], False)


def ctrl_c(_: object) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    stop.pause(10)


def fails(_: object) -> None:
    raise CheckError("late")


@pytest.mark.parametrize("ending", [ctrl_c, fails])
def test_load_ends_though_the_fault_can_not_be_taken_back(
    ending: Callable[[object], None], field: Field, closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "_watch", ending)
    with pytest.raises(LabError):
        drill.every(None, None, 1, dry=False, plain=True)
    assert (closed, Marker(field.paths).is_set()) == (["first"], True)


def test_ctrl_c_ends_all_though_the_fault_can_not_be_taken_back(
    field: Field, closed: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Engine, "_watch", ctrl_c)
    with pytest.raises(Interrupted) as caught:
        drill.every(None, None, 1, dry=False, plain=True)
    assert (caught.value.fix, closed) == ("./inv chaos.rollback: the fault is still there", ["first"])
    assert "nobody answers" in capsys.readouterr().err


def test_what_ran_before_ctrl_c_is_told(field: Field, closed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(First, "rollback", lambda _: None)
    monkeypatch.setattr(Second, "fault", ctrl_c)
    with pytest.raises(Interrupted) as caught:
        drill.every(None, None, 1, dry=False, plain=True)
    assert (caught.value.fix, closed) == ("./inv lab.verify: the fault was taken back", ["first", "second"])
    (told,) = field.paths.reports.glob("drills-2*.json")
    assert [run.drill for run in Runs.model_validate_json(told.read_text()).runs] == ["first"]
