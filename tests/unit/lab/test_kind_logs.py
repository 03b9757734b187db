"""Logs of the kind rung that are followed end with who follows them."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT
from lab.core.wait import wait

FOLLOW = """
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.stages.kind_logs import show
state = LabState(runtime="kind", lab_id="x", services={}, localstack=0)
show(Paths(), state, ["localstack", "registry"], 5, follow=True)
"""


@contextmanager
def _following(folder: Path, second: str) -> Iterator[proc.Started]:
    """Follow two logs by an Engine's program that writes its pid, then does `second` when it is the registry's."""
    docker = folder / "docker"
    docker.write_text(f"""#!/bin/sh
for log; do :; done
echo $$ > {folder}/$log.new
mv {folder}/$log.new {folder}/$log
case $log in *-registry) {second};; esac
exec sleep 60
""")
    docker.chmod(0o755)
    env = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONUNBUFFERED": ""}
    started = proc.Started([sys.executable, "-c", FOLLOW], cwd=CHECKOUT, env=env, log=folder / "said")
    try:
        yield started
    finally:
        started.end()


def test_a_line_is_there_for_who_reads_while_the_next_is_waited_for(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with _following(tmp_path, "echo from registry") as started:
        wait("a line", said.read_text, lambda text: "[registry] from registry\n" in text, delay=0.05, timeout=60)
        os.kill(started.pid, signal.SIGINT)
        _ended(started, _pids(tmp_path), tmp_path)


def _pids(folder: Path) -> list[int]:
    logs = [folder / f"kubeflow-ops-x-{name}" for name in ("localstack", "registry")]
    wait("both logs", lambda: all(log.exists() for log in logs), bool, delay=0.05, timeout=20)
    return [int(log.read_text()) for log in logs]


def _ended(started: proc.Started, pids: list[int], folder: Path) -> str:
    """Return what it said, once it and what it started are gone."""
    wait("its end", started.alive, lambda alive: not alive, delay=0.05, timeout=20)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    return (folder / "said").read_text()


def test_ctrl_c_ends_all_of_them(tmp_path: Path) -> None:
    with _following(tmp_path, ":") as started:
        pids = _pids(tmp_path)
        os.kill(started.pid, signal.SIGINT)
        assert "KeyboardInterrupt" in _ended(started, pids, tmp_path)


def test_one_that_fails_ends_the_others_and_is_told(tmp_path: Path) -> None:
    with _following(tmp_path, f"until [ -e {tmp_path}/kubeflow-ops-x-localstack ]; do :; done; exit 3") as started:
        assert "exit code 3" in _ended(started, _pids(tmp_path), tmp_path)
