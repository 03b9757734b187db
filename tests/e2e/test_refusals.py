"""What a machine or a file can be like that keeps the lab from rising: named, with the way out, and nothing is left."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.proc import Completed
from tests.e2e.host_lab import Lab, copied_lab

_SMALL = """#!/bin/sh
case "$1 $2" in
  "info --format") echo '{"ServerVersion": "29.0", "MemTotal": 2147483648, "DockerRootDir": "/nowhere"}' ;;
  "compose version") echo 5.0 ;;
  "buildx version") exit BUILDX ;;
  *) exit 64 ;;
esac
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A checkout whose lab is not up; each test leaves it so."""
    with copied_lab() as lab:
        yield lab


def refused(done: Completed, *words: str, code: int = 2) -> None:
    assert done.code == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in (*words, "next: "):
        assert word in done.stderr


def docker(folder: Path, *, buildx: bool = True) -> dict[str, str]:
    """Put a docker on PATH whose Engine has 2 GiB."""
    file = folder / "docker"
    file.write_text(_SMALL.replace("BUILDX", "0" if buildx else "1"))
    file.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_an_engine_that_is_too_small_for_a_cluster(lab: Lab, tmp_path: Path) -> None:
    done = lab.run("lab.up", "--runtime", "kind", "--plain", check=False, env=docker(tmp_path))
    refused(done, "Docker has 2.0 GiB of memory", "a cluster wants 4 GiB", "--runtime compose")


def test_an_engine_that_can_build_nothing(lab: Lab, tmp_path: Path) -> None:
    done = lab.run("lab.up", "--runtime", "kind", "--plain", check=False, env=docker(tmp_path, buildx=False))
    refused(done, "docker buildx", "install docker's buildx plugin")


@pytest.mark.parametrize("runtime", ["kind", "compose"])
def test_an_engine_that_does_not_answer(lab: Lab, runtime: str) -> None:
    done = lab.run("lab.up", "--runtime", runtime, "--plain", check=False, env={"DOCKER_HOST": "unix:///nowhere.sock"})
    refused(done, f"the {runtime} rung needs Docker", "nowhere.sock", "--runtime host")


@pytest.mark.parametrize("words", [("--runtime", "host", "--profile", "full"), ("--nodes", "3"), ("--offline",)])
def test_an_option_of_the_kind_rung_on_another(lab: Lab, words: tuple[str, ...]) -> None:
    done = lab.run("lab.up", "--plain", *words, check=False, env={"DOCKER_HOST": "unix:///nowhere.sock"})
    option = next(word for word in words[::-1] if word.startswith("--"))
    refused(done, f"{option}: only the kind rung has it", "this lab is on the host rung", "--runtime kind")
    assert lab.state() is None


@pytest.mark.parametrize("text", ["", "{", '{"runtime": "host"}', "[]"])
def test_a_state_file_that_is_broken_is_named_and_down_goes_by_the_mark(lab: Lab, text: str) -> None:
    lab.paths.run.mkdir(parents=True)
    (lab.paths.run / "lab.json").write_text(text)
    for words in (("lab.up", "--plain"), ("lab.status",), ("lab.verify", "--plain"), ("lab.doctor",)):
        refused(lab.run(*words, check=False), "lab.json can't be read", "./inv lab.down", code=1)
    lab.down()
    assert not lab.paths.run.exists()
    assert lab.run("lab.status").stdout.startswith("no lab is up")


def test_a_lab_folder_that_cant_be_written(lab: Lab) -> None:
    kept = lab.paths.state.rename(lab.checkout / "kept")
    try:
        lab.paths.state.write_text("a file where the folder would be")
        refused(lab.run("lab.up", "--plain", check=False), "the lab can't write to", ".lab", "writable")
    finally:
        lab.paths.state.unlink()
        kept.rename(lab.paths.state)


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root can mount a small disk")
def test_a_disk_without_room(lab: Lab) -> None:
    kept = lab.paths.state.rename(lab.checkout / "kept")
    lab.paths.state.mkdir()
    mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", lab.paths.state]
    try:
        proc.run(mount, timeout=10)
        try:
            refused(lab.run("lab.up", "--plain", check=False), "disk: 0 GiB free", "docker system prune")
            assert "free at least 2 GiB" in lab.run("lab.doctor", check=False).stdout
        finally:
            proc.run(["umount", lab.paths.state], timeout=10)
    finally:
        lab.paths.state.rmdir()
        kept.rename(lab.paths.state)


def test_a_lock_file_that_is_wrong_is_named(lab: Lab) -> None:
    file = lab.checkout / "lab.lock"
    before = file.read_text()
    try:
        file.write_text(before.replace('digest = "sha256:', 'digest = "sha1:', 1))
        refused(lab.run("lab.doctor", check=False), "lab.lock can't be read", "image.0.digest", "git checkout lab.lock")
    finally:
        file.write_text(before)
