"""One change of the lab at a time; a folder that can't be written is named."""

import fcntl
from pathlib import Path

import pytest

from lab.core.errors import UsageError, WaitTimeout
from lab.core.lock import lock


def test_a_second_command_is_told_who_holds_the_lab(tmp_path: Path) -> None:
    file = tmp_path / ".lab" / "lock"
    with lock(file), pytest.raises(WaitTimeout) as caught, lock(file, timeout=0.3):
        pytest.fail("two at once")
    assert "another command is at work: pid" in caught.value.why


def test_the_kernel_frees_the_lock_of_a_command_that_ended(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with lock(file):
        pass
    with file.open() as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_folder_that_cant_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".lab").write_text("a file where the folder would be")
    with pytest.raises(UsageError) as caught, lock(tmp_path / ".lab" / "lock"):
        pytest.fail("locked nothing")
    assert str(tmp_path / ".lab") in caught.value.what
    assert "writable" in caught.value.fix
