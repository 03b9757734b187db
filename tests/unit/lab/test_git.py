"""The git on PATH: one that would push without its token is named before anything is raised."""

from pathlib import Path

import pytest

from lab.checks import machine
from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.stages.kind import KindRung
from lab.tools import git


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _install(folder: Path, said: str) -> None:
    file = folder / "git"
    file.write_text(f"#!/bin/sh\necho '{said}'\n")
    file.chmod(0o755)


@pytest.mark.parametrize("said", ["git version 2.32.0", "git version 2.39.5 (Apple Git-154)", "git version 3.0.1"])
def test_one_that_will_do(folder: Path, said: str) -> None:
    _install(folder, said)
    found = machine.tools()[-1]
    assert (found.ok, found.saw, found.fix) == (True, str(folder / "git"), "")


@pytest.mark.parametrize("said", ["git version 2.31.8", "git version 1.8.3.1", ""])
def test_one_that_is_too_old_is_named_by_doctor_and_ends_a_cluster_before_it_begins(folder: Path, said: str) -> None:
    _install(folder, said)
    found = machine.tools()[-1]
    assert (found.what, found.ok) == ("git", False)
    assert found.saw == f"{said or 'it tells no version'}: git 2.32 or later is wanted"
    state = LabState(runtime="kind", lab_id="x", services={}, localstack=0)
    tools = next(step for step in KindRung(Paths(folder), state, Config()).steps() if step.name == "tools")
    with pytest.raises(UsageError) as caught:
        tools.run()
    assert (caught.value.why, caught.value.fix) == (found.saw, "install git 2.32 or later")


@pytest.mark.usefixtures("folder")
def test_none_is_named() -> None:
    assert git.flaw().startswith("`git` is not there")
