"""What the host rung's programs inherit from the user's shell."""

from pathlib import Path

import pytest

from lab.core import proc
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.stages.host_programs import programs, service_command
from lab.tools.embedded import Embedded

_THEIRS = ("DATABASE_PASSWORD", "REDIS_PASSWORD", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell of another project."""
    for name in (*_THEIRS, "HTTPS_PROXY"):
        monkeypatch.setenv(name, "theirs")


def _inherited(command: list[str]) -> set[str]:
    """Return which of the shell's variables reach what `command` runs: an interpreter, -m and a module."""
    lines = proc.run([*command[:-3], "/usr/bin/env"]).stdout.splitlines()
    return {name for name, _, value in (line.partition("=") for line in lines) if value == "theirs"}


@pytest.mark.parametrize("name", ["localstack", "order", "user", "notification"])
def test_passwords_and_profiles_of_another_project_reach_no_program(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Embedded, "_find", lambda *_: tmp_path)
    (tmp_path / ".lab" / "run").mkdir(parents=True)
    state = LabState(
        runtime="host", lab_id="x", services=dict.fromkeys(("order", "user", "notification"), 1), localstack=1
    )
    (program,) = (found for found in programs(Paths(tmp_path), state) if found.name == name)
    assert _inherited(list(program.command)) == {"HTTPS_PROXY"}


def test_nor_do_they_reach_a_command_of_a_service() -> None:
    command = service_command("order", "migrate")
    assert command[-3:] == ["-m", "services.order", "migrate"]
    assert _inherited(command[:-1]) == {"HTTPS_PROXY"}
