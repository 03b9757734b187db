"""The commands that a drill's report gives are commands that there are, with the options that they take."""

from pathlib import Path

import pytest
from invoke.parser import Parser

import tasks
from lab.drills.base import Drill
from lab.drills.catalogue import DRILLS
from lab.flows import drill
from lab.flows.drilling.engine import Engine
from lab.flows.drilling.marker import Marker
from tests.unit.lab.drilling import field_at, only_the_fault, ready_at


def taken(commands: list[str]) -> list[str]:
    """Return the tasks of commands, as the command line reads them; it ends the program for one that it can't."""
    parser = Parser(contexts=tasks.namespace.to_contexts())
    return [str(context.name) for line in commands for context in parser.parse_argv(line.split()[1:])]


@pytest.mark.parametrize("dry", [True, False])
@pytest.mark.parametrize("kind", DRILLS, ids=lambda kind: kind.name)
def test_a_drill_is_repeated_by_its_command(kind: type[Drill], dry: bool, tmp_path: Path) -> None:
    field = field_at(tmp_path)
    for target in kind.targets or ("",):
        run = Engine(kind(field, target), dry=dry, substitutes={}, marker=Marker(field.paths)).run
        assert taken(run.commands) == [f"chaos.{kind.name}", "alerts.inbox", "lab.verify"]


def test_a_quiet_time_is_repeated_as_long_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready_at(tmp_path, monkeypatch)
    only_the_fault(monkeypatch)
    commands = drill.quiet(900, plain=True).commands
    assert commands[0] == "./inv chaos.quiet --time 900s"
    assert taken(commands) == ["chaos.quiet", "alerts.inbox", "lab.verify"]
