"""A drill's load ends with it; one that a killed drill left is ended by whoever comes next, and nothing else is."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from lab.core import proc
from lab.core.errors import UsageError
from lab.drills.base import Load
from lab.drills.field import Field
from lab.drills.loads import begun, noted
from lab.flows import drill
from lab.flows.drilling.game import Table
from lab.flows.drilling.marker import Marker
from lab.flows.drilling.way_back import left, mend
from lab.tools import locust, processes
from tests.unit.lab.drilling import field_at
from tests.unit.lab.test_gameday import hosted

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Field:
    """Its Locust sleeps, and no drill has anything to take back."""
    field = field_at(tmp_path)

    def command(_: locust.Plan, env: Mapping[str, str], folder: Path) -> tuple[list[str], dict[str, str]]:
        folder.mkdir(parents=True)
        return SLEEPS, dict(env)

    monkeypatch.setattr(locust, "command", command)
    monkeypatch.setattr(drill, "DRILLS", ())
    monkeypatch.setattr(drill, "Paths", lambda: field.paths)
    monkeypatch.setattr(drill, "the_field", lambda _: field)
    return field


@pytest.fixture
def loads(field: Field, tmp_path: Path) -> Iterator[list[int]]:
    """Two loads under way, whose drill does not end them."""
    with ExitStack() as stack:
        folders = (tmp_path / "steady", tmp_path / "crowd")
        made = [stack.enter_context(begun(field, Load(), folder=folder, at_most=60)) for folder in folders]
        yield [load.pid for load in made]


def test_a_load_is_noted_while_it_is_under_way(field: Field, tmp_path: Path) -> None:
    with begun(field, Load(), folder=tmp_path / "steady", at_most=60) as first:
        with begun(field, Load(), folder=tmp_path / "crowd", at_most=60) as second:
            assert noted(field.paths) == {first.pid, second.pid}
        assert noted(field.paths) == {first.pid}
        assert not Marker(field.paths).is_set(), "no fault is there yet"
    assert noted(field.paths) == set()
    assert not processes.lives(first.pid)


@pytest.mark.parametrize(
    "comes_next",
    [
        lambda field: left(field.paths, field),
        lambda field: mend(field.paths, field.state),
        lambda _: drill.rollback(plain=False),
    ],
    ids=["drill", "lab.up", "chaos.rollback"],
)
def test_loads_of_a_killed_drill_are_ended_by_what_comes_next(
    field: Field, loads: list[int], comes_next: Callable[[Field], object]
) -> None:
    assert all(processes.lives(pid) for pid in loads)
    comes_next(field)
    assert [processes.lives(pid) for pid in loads] == [False, False]
    assert noted(field.paths) == set()


@pytest.mark.usefixtures("loads")
def test_another_process_of_a_loads_number_goes_on(field: Field, tmp_path: Path) -> None:
    other = proc.start_daemon(SLEEPS, cwd=tmp_path, env={}, log=tmp_path / "other.log")
    file = field.paths.run / "drill-loads"
    file.write_text(f"{file.read_text()}\n{other}")
    left(field.paths, field)
    assert processes.lives(other)
    processes.end([psutil.Process(other)])


def test_a_game_keeps_its_load_and_its_fault(field: Field, loads: list[int], tmp_path: Path) -> None:
    lab = field.state.lab_id
    env = locust.environment(field.state)
    host = proc.start_daemon(SLEEPS, cwd=tmp_path, env=env, log=tmp_path / "host.log")
    Table(field.paths).keep(hosted(pid=host, lab=lab, phase="running"))
    mend(field.paths, field.state)
    with pytest.raises(UsageError, match="a game day is under way"):
        drill.rollback(plain=False)
    assert all(processes.lives(pid) for pid in loads)
    processes.end([psutil.Process(host)])
