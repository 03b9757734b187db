"""Files are there whole or not at all."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core.files import replace
from tests.full_disk import full_disk


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("content", ["ö" * 100, b"\xff" * 100])
def test_a_file_is_written_and_its_folder_made(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "folder" / "file.json"
    replace(file, content)
    assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("before")
    for file in (old, new):
        with full_disk(), pytest.raises(OSError, match="too large"):
            replace(file, "after" * 100)
    assert old.read_text() == "before"
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_the_mode_is_that_which_was_asked_for_whatever_it_was(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "file"
    file.touch(0o640)
    replace(file, "text", mode)
    assert file.stat().st_mode & 0o777 == mode


def test_of_many_who_write_at_once_one_has_written_all_of_it(tmp_path: Path) -> None:
    file, texts = tmp_path / "file", [letter * 100_000 for letter in "abcdefgh"]
    threads = [threading.Thread(target=replace, args=(file, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read_text() in texts
    assert list(tmp_path.iterdir()) == [file]
