"""Rehearsals beside a lab and after one another: whose processes and folders are whose."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import pytest

from lab.checks.cost import load_prices
from lab.core.config import Config
from lab.core.errors import WaitTimeout
from lab.core.lock import lock
from lab.core.paths import CHECKOUT, Paths
from lab.core.proc import Started
from lab.flows import aws_look
from lab.stages import rehearsal, simulated_nodes
from lab.stages.rehearsal import Rehearsal
from lab.stages.simulated_nodes import SimulatedNodes
from lab.tools import containers, gitops, go_programs, karpenter, ports, processes
from lab.tools.kind import Kind
from lab.tools.kubectl import Kubectl
from lab.tools.rendered import Origin, read

_ANSWERS = """#!/bin/sh
exec "{python}" -c '
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ.get("HEALTH_PROBE_PORT", 0))), Ready).serve_forever()
'
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A checkout with as much of Terraform as a rehearsal reads before its first step."""
    dev = "terraform/environments/dev"
    (tmp_path / dev).mkdir(parents=True)
    shutil.copy(CHECKOUT / dev / "terraform.tfvars.json", tmp_path / dev)
    return Paths(tmp_path)


@contextmanager
def running(paths: Paths, *marks: str) -> Iterator[list[Started]]:
    """Run a process of each mark."""
    words = [sys.executable, "-c", "import time; time.sleep(300)"]
    with ExitStack() as stack:
        found = []
        for mark in marks:
            found.append(Started(words, cwd=paths.checkout, env={ports.MARK: mark}, log=paths.checkout / "log"))
            stack.callback(found[-1].end)
        yield found


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str]]:
    """The folder and mark of each emulator that was asked for, which is none."""
    asked: list[tuple[Path, str]] = []

    @contextmanager
    def emulator(_: Paths, folder: Path, mark: str) -> Iterator[None]:
        asked.append((folder, mark))
        folder.mkdir(parents=True)
        yield

    monkeypatch.setattr(rehearsal, "emulator", emulator)
    return asked


def test_the_emulator_is_not_the_labs(paths: Paths, emulated: list[tuple[Path, str]]) -> None:
    with Rehearsal(paths, "dev", Config()):
        [(folder, mark)] = emulated
        assert mark != paths.lab_id
        assert folder.is_dir()
        assert not folder.is_relative_to(paths.run)
    assert not folder.exists()


@pytest.mark.usefixtures("emulated")
def test_what_failed_stays_to_be_read(paths: Paths) -> None:
    with pytest.raises(RuntimeError), Rehearsal(paths, "dev", Config()):
        raise RuntimeError
    assert (paths.rehearsals / "dev").is_dir()


def test_a_rehearsal_ends_what_a_killed_one_left_and_nothing_of_the_lab(
    paths: Paths, emulated: list[tuple[Path, str]]
) -> None:
    with Rehearsal(paths, "dev", Config()):
        mark = emulated[0][1]
    with running(paths, mark, paths.lab_id) as (left, labs), Rehearsal(paths, "dev", Config()):
        assert not left.alive()
        assert labs.alive()


@pytest.fixture
def nodes(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> SimulatedNodes:
    """Simulated nodes of an Engine that has nothing."""
    pool = "gitops/platform/karpenter/base/node-pool.yaml"
    made = list(read((CHECKOUT / pool).read_text(), Origin("karpenter", pool)))
    monkeypatch.setattr(gitops, "render_part", lambda *_: made)
    monkeypatch.setattr(go_programs, "find", lambda *_: [])
    monkeypatch.setattr(Kind, "delete", lambda _: None)
    monkeypatch.setattr(containers, "of_lab", lambda _: {"network": []})
    return SimulatedNodes(paths, "dev", load_prices("eu-central-1"), Config())


def test_simulated_nodes_are_not_the_labs_and_the_next_ones_end_what_is_left(
    paths: Paths, nodes: SimulatedNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks: list[str] = []

    @contextmanager
    def simulators(mark: str, *_: Path) -> Iterator[None]:
        marks.append(mark)
        yield

    monkeypatch.setattr(simulated_nodes, "simulators", simulators)
    monkeypatch.setattr(Kubectl, "apply", lambda *_: None)
    with nodes:
        nodes.start()
        assert not nodes.folder.is_relative_to(paths.run)
    assert marks != [paths.lab_id]
    with running(paths, *marks, paths.lab_id) as (left, labs), nodes:
        assert not left.alive()
        assert labs.alive()


def test_both_simulators_carry_the_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program"
    program.write_text(_ANSWERS.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setattr(go_programs, "find", lambda *_: [program, program])
    mark = f"{Paths(tmp_path).lab_id}-nodes"
    with karpenter.simulators(mark, tmp_path, tmp_path / "kubeconfig", tmp_path / "types"):
        assert len(processes.of_lab(mark)) == 2
    assert processes.of_lab(mark) == []


def test_costs_wait_for_a_rehearsal_that_is_under_way(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    class Alone:
        region = "eu-central-1"

        def __init__(self, *_: object) -> None:
            """It asks nothing."""

        def __enter__(self) -> Self:
            with pytest.raises(WaitTimeout), lock(paths.state / "aws" / "lock", timeout=0.1):
                pass
            return self

        def __exit__(self, *_: object) -> None:
            """It has nothing to end."""

        def plan(self) -> list[object]:
            return []

    monkeypatch.setattr(aws_look, "Paths", lambda: paths)
    monkeypatch.setattr(aws_look, "Rehearsal", Alone)
    assert aws_look.costs("dev", Config())[0]
