"""What a process says reaches who listens: all of it, however slowly; and nobody is held up by who stays silent."""

import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from lab.core import proc


def test_a_slow_reader_of_lines_gets_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.core.lines.SILENCE", 0.05)
    returned, early, seen = threading.Event(), list[bool](), list[str]()

    def on_line(line: str) -> None:
        if not seen:
            early.append(returned.wait(timeout=1))
        seen.append(line)

    proc.run(["seq", "1", "2000"], on_line=on_line, timeout=30)
    returned.set()
    assert early == [False]
    assert len(seen) == 2000


@pytest.mark.parametrize("does", ["time.sleep(60)", "[print(n, flush=True) for n in iter(time.monotonic, 0)]"])
def test_a_daemon_that_holds_the_pipe_holds_nobody_up(tmp_path: Path, does: str) -> None:
    file = tmp_path / "pid"
    code = (
        "import pathlib,subprocess,sys\n"
        f"p=subprocess.Popen([sys.executable,'-c',{f'import time; {does}'!r}],start_new_session=True)\n"
        f"pathlib.Path({str(file)!r}).write_text(str(p.pid))\nprint('started')"
    )
    began = time.monotonic()
    try:
        assert "started" in proc.run([sys.executable, "-c", code], timeout=3).stdout
        assert time.monotonic() - began < 20
    finally:
        psutil.Process(int(file.read_text())).kill()


def test_what_the_reader_of_lines_raises_is_raised_and_no_death_of_the_process() -> None:
    def on_line(_: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        proc.run(["seq", "1", "200000"], on_line=on_line, timeout=30)
