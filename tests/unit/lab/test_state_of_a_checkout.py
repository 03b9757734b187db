"""Whose lab a state file tells of: the checkout it was raised in, wherever the file is found now."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.core.config import Config
from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.core.state import LabState, load, save
from lab.flows import doctor, down, status, up
from lab.flows import verify as verifying


@pytest.fixture
def original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A checkout whose lab is up on the compose rung, and a docker that must be asked for nothing."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "docker").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path / "asked"}\nexit 1\n')
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    paths = Paths(tmp_path / "original")
    (paths.data / "secrets").mkdir(parents=True)
    paths.run.mkdir()
    state = LabState(runtime="compose", lab_id=paths.lab_id, checkout=str(paths.checkout), services={}, localstack=0)
    save(paths.run, state)
    return paths


@pytest.mark.parametrize(
    ("flow", "command"),
    [
        (down, lambda: down.down(wipe=True, plain=True)),
        (up, lambda: up.up(None, None, True, Config())),
        (status, status.status),
        (verifying, lambda: verifying.verify(plain=True)),
        (doctor, lambda: doctor.doctor(None)),
    ],
    ids=["down", "up", "status", "verify", "doctor"],
)
def test_in_a_copy_a_command_names_the_checkout_that_the_lab_belongs_to_and_takes_nothing(
    original: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flow: object, command: Callable[[], object]
) -> None:
    copy = Paths(tmp_path / "copy")
    shutil.copytree(original.checkout, copy.checkout)
    monkeypatch.setattr(flow, "Paths", lambda: copy)
    with pytest.raises(UsageError) as caught:
        command()
    assert f"the lab belongs to {original.checkout}" in caught.value.what
    assert "./inv lab.down there" in caught.value.fix
    assert f"rm -rf {copy.run} {copy.data}" in caught.value.fix
    assert not (tmp_path / "asked").exists()
    assert (copy.run.exists(), original.run.exists(), original.data.exists()) == (True, True, True)


def test_a_copy_without_that_state_has_no_lab(original: Paths, tmp_path: Path) -> None:
    copy = Paths(tmp_path / "copy")
    shutil.copytree(original.checkout, copy.checkout)
    shutil.rmtree(copy.run)
    assert load(copy.run) is None


def test_a_checkout_that_was_moved_keeps_its_lab_and_says_so_once(
    original: Paths, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    moved = Paths(original.checkout.rename(tmp_path / "moved"))
    original.checkout.mkdir()  # somebody's new one, without a lab
    state = load(moved.run)
    assert state == load(moved.run)
    assert state is not None
    assert state.lab_id == original.lab_id
    line = f"this checkout was moved from {original.checkout}: its lab goes on under the name that it had there\n"
    assert capfd.readouterr().err == line


def test_a_checkout_by_another_path_to_it_is_no_copy(original: Paths, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(original.checkout)
    assert load(tmp_path / "link" / ".lab" / "run") == load(original.run)
