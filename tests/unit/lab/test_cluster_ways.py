"""lab.kubectl and lab.shell become what they start: its streams, exit code and Ctrl-C; with the lab's tools."""

import os
import sys
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT, Paths
from lab.core.state import LabState, save
from lab.core.versions import load_lock
from lab.flows import cluster

_CODE = """
import sys
from pathlib import Path
from lab.core.paths import Paths
from lab.flows import cluster
from lab.tools import programs
programs.Paths = cluster.Paths = lambda: Paths(Path(sys.argv[1]))
getattr(cluster, sys.argv[2])(*sys.argv[3:])
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A checkout whose lab is a cluster, with a kubectl of its own."""
    paths = Paths(tmp_path)
    save(paths.run, LabState(runtime="kind", lab_id="x", services={}, localstack=0))
    paths.bin.mkdir()
    _script(paths.bin / f"kubectl-{load_lock().the_tool('kubectl').version}", 'echo "$@"; cat; echo warned >&2; exit 3')
    return paths


def _script(file: Path, body: str) -> Path:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def _run(paths: Paths, *words: str, shell: Path | None = None) -> proc.Completed:
    argv: list[str | Path] = [sys.executable, "-c", _CODE, paths.checkout, *words]
    env = {"SHELL": str(shell), "PATH": "/usr/bin:/bin"}
    return proc.run(argv, cwd=CHECKOUT, env=env, stdin="typed\n", check=False)


def test_kubectl_has_our_streams_and_its_exit_code_is_ours(paths: Paths) -> None:
    done = _run(paths, "kubectl", "diff -f 'a file'")
    assert done.stdout == f"--kubeconfig {paths.kubeconfig} diff -f a file\ntyped\n"
    assert (done.code, done.stderr) == (3, "warned\n")


def test_a_shell_has_kubectl_by_its_name(paths: Paths, tmp_path: Path) -> None:
    shell = _script(tmp_path / "shell", "command -v kubectl; kubectl get pods")
    done = _run(paths, "shell", shell=shell)
    assert done.stdout == f"{paths.run}/bin/kubectl\nget pods\ntyped\n"
    assert _run(paths, "shell", shell=shell).stdout == done.stdout


def test_a_pipe_that_nobody_reads_ends_programs_of_a_shell_in_silence(paths: Paths, tmp_path: Path) -> None:
    done = _run(paths, "shell", shell=_script(tmp_path / "shell", "yes | head -1"))
    assert (done.stdout, done.stderr) == ("y\n", "")


def test_a_shell_that_is_not_there_is_named(paths: Paths) -> None:
    said = _run(paths, "shell", shell=Path(os.devnull)).stderr
    assert f"UsageError: `{os.devnull}` can't be run\nwhy: Permission denied" in said


def test_without_a_cluster_the_way_to_one_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths(tmp_path)
    save(paths.run, LabState(runtime="host", lab_id="x", services={}, localstack=0))
    monkeypatch.setattr(cluster, "Paths", lambda: paths)
    with pytest.raises(UsageError) as caught:
        cluster.kubectl("get pods")
    assert caught.value.fix == "./inv lab.down, then ./inv lab.up --runtime kind"
