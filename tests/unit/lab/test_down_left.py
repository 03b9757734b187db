"""What lab.down has to find and name: a lab raised under another path, data that could not be removed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.core import proc
from lab.core.errors import StepError
from lab.core.paths import Paths
from lab.core.state import LabState, save
from lab.flows import down as flow
from lab.stages import host
from lab.stages.compose import ComposeRung
from lab.tools import ports, processes

BEFORE = "0ddba115"  # the id of the checkout where it was when the lab was raised

_ENGINE = """#!/bin/sh
echo "$@" >> {asked}
case "$*" in
  "info "*) echo '{{"ServerVersion": "29.0", "MemTotal": 8589934592}}' ;;
  "compose version"*|"buildx "*) echo 5.0 ;;
  "ps "*"compose.project=kubeflow-ops-{left}"*) echo orders-of-before ;;
esac
"""


class _Rung:
    def stop(self) -> None: ...


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """What docker was asked, a line for each call."""
    return tmp_path / "asked"


@pytest.fixture
def paths(tmp_path: Path, asked: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A checkout that was moved while its lab was up, with an Engine that never lets go of one container."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "docker").write_text(_ENGINE.format(asked=asked, left=BEFORE))
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    paths = Paths(tmp_path / "checkout")
    paths.run.mkdir(parents=True)
    monkeypatch.setattr(flow, "Paths", lambda: paths)
    monkeypatch.setattr(flow, "rung_of", lambda *_: _Rung())
    return paths


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[psutil.Process]:
    """A process that bears the mark of before."""
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    pid = proc.start_daemon(sleep, cwd=tmp_path, env={ports.MARK: BEFORE}, log=tmp_path / "log")
    yield psutil.Process(pid)
    processes.end(processes.of_lab(BEFORE))


def test_a_lab_whose_checkout_was_moved_is_ended_and_proved_by_its_own_id(
    paths: Paths, asked: Path, orphan: psutil.Process
) -> None:
    save(paths.run, LabState(runtime="compose", lab_id=BEFORE, services={}, localstack=0))
    with pytest.raises(StepError) as caught:
        flow.down(wipe=False, plain=True)
    assert caught.value.why == "container orders-of-before"
    assert not processes.lives(orphan.pid)
    assert "compose --file docker-compose.yml --progress plain down" in asked.read_text()
    assert paths.lab_id not in asked.read_text()


def test_a_lab_of_compose_is_gone_on_with_by_its_own_id(paths: Paths) -> None:
    state = LabState(runtime="compose", lab_id=BEFORE, services={}, localstack=0)
    assert ComposeRung(paths, state).compose.project == f"kubeflow-ops-{BEFORE}"


def test_data_that_could_not_be_removed_is_named(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    (paths.data / "postgres").mkdir(parents=True)
    monkeypatch.setattr(host, "wipe", lambda _: None)  # as for a user who may not
    with pytest.raises(StepError) as caught:
        flow.down(wipe=True, plain=True)
    assert caught.value.why == str(paths.data)
    assert "./inv lab.down --wipe again" in caught.value.fix


def test_data_that_is_to_stay_is_not_left_over(paths: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    (paths.data / "postgres").mkdir(parents=True)
    flow.down(wipe=False, plain=True)
    assert "nothing is left" in capfd.readouterr().err
