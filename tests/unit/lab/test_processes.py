"""A process is looked for by a file that it takes away itself, at any moment."""

import os
import threading
from pathlib import Path

from lab.tools import processes


def test_a_process_lives_by_its_file_and_not_without_one(tmp_path: Path) -> None:
    file = tmp_path / "it.pid"
    assert not processes.lives_by(file)
    file.write_text(f"{os.getpid()}\n")
    assert processes.lives_by(file)


def test_a_file_that_goes_while_it_is_looked_at_is_no_error(tmp_path: Path) -> None:
    file, new, ended = tmp_path / "it.pid", tmp_path / "new.pid", threading.Event()

    def come_and_go() -> None:
        while not ended.is_set():
            new.write_text(str(os.getpid()))
            new.replace(file)
            file.unlink()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        seen = [processes.lives_by(file) for _ in range(5000)]
        while set(seen) != {True, False}:
            seen.append(processes.lives_by(file))
    finally:
        ended.set()
        thread.join()
