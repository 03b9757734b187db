"""`lab.bundle` and `lab.fetch` leave a whole folder or none, and nothing in the Engine."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.core import stop
from lab.core.config import Config
from lab.core.errors import Interrupted, UsageError
from lab.core.paths import Paths
from lab.core.versions import Lock
from lab.flows import fetch
from lab.tools import docker


def rung(*, whole: bool) -> Any:
    """What a bundle is written from; interrupted in the midst of it, or not."""

    def artifacts(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "substitutes.txt").touch()

    def images(folder: Path) -> None:
        if not whole:
            raise Interrupted("stopped")
        folder.mkdir()

    return SimpleNamespace(
        ground=SimpleNamespace(artifacts=SimpleNamespace(save=artifacts)), images=SimpleNamespace(save=images)
    )


def test_a_bundle_that_was_interrupted_leaves_nothing_and_is_written_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "load_lock", lambda: Lock(image=[], chart=[], manifest=[], tool=[]))
    folder = tmp_path / "new" / "bundle"
    with pytest.raises(Interrupted):
        fetch._save(rung(whole=False), folder)
    assert list(folder.parent.iterdir()) == []
    fetch._save(rung(whole=True), folder)
    assert list(folder.parent.iterdir()) == [folder]
    assert {entry.name for entry in folder.iterdir()} == {"substitutes.txt", "own", "tools"}


@pytest.mark.parametrize("below", ["", "bundle"])
def test_a_bundle_in_the_place_of_a_file_is_refused(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UsageError, match="file is no folder"):
        fetch.bundle(file / below, Config(), plain=True)


def test_a_folder_that_is_not_empty_and_a_whole_disk_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not empty"):
        fetch.bundle(tmp_path, Config(), plain=True)
    (tmp_path / "file").unlink()
    monkeypatch.setattr(Path, "is_mount", lambda _: True)
    with pytest.raises(UsageError, match="is a whole disk"):
        fetch.bundle(tmp_path, Config(), plain=True)


def test_what_was_raised_to_fetch_goes_also_after_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed = list[str]()

    def remove(_: Paths, lab_id: str, *, volumes: bool) -> None:
        stop.raise_if_stopped()
        removed.append(f"{lab_id} {volumes}")

    monkeypatch.setattr(fetch, "Paths", lambda: Paths(tmp_path))
    monkeypatch.setattr(fetch, "remove", remove)
    monkeypatch.setattr(docker, "engine", lambda: docker.Engine(why=""))
    monkeypatch.setattr(fetch, "KindRung", lambda *_: None)

    def stopped() -> None:
        with fetch._rung(Config()):
            stop.stop("a test says so")
            stop.raise_if_stopped()

    with pytest.raises(Interrupted):
        stopped()
    assert removed == [f"{Paths(tmp_path).lab_id} False"]
