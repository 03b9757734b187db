"""The process runner: what it returns, how it ends what it started, and what its errors show."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from lab.core import proc, stop
from lab.core.errors import CommandError, Interrupted, UsageError, WaitTimeout
from lab.core.paths import CHECKOUT
from lab.core.wait import wait

PYTHON = sys.executable


def _gone(pid: int) -> bool:
    """Wait for the kernel to finish what a sent SIGKILL began; False when the process outlives 5 s."""

    def look() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    try:
        return wait("process", look, bool, delay=0.01, timeout=5)
    except WaitTimeout:
        return False


def _pid_in(file: Path) -> int:
    return int(wait("pid file", lambda: file.read_text() if file.exists() else "", bool, timeout=10))


def _spawner(file: Path, ending: str) -> list[str]:
    """A program that starts a grandchild which ignores SIGTERM, writes its pid to `file`, then does `ending`."""
    child = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    code = (
        "import subprocess,sys,time,pathlib,os\n"
        f"p=subprocess.Popen([sys.executable,'-c',{child!r}],stdout=subprocess.PIPE); p.stdout.readline()\n"
        f"f=pathlib.Path({str(file)!r}); t=f.with_suffix('.new'); t.write_text(str(p.pid)); os.replace(t, f)\n"
        f"{ending}"
    )
    return [PYTHON, "-c", code]


def test_both_streams_and_the_exit_code_are_kept() -> None:
    done = proc.run([PYTHON, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(4)"], check=False)
    assert (done.code, done.stdout, done.stderr) == (4, "out\n", "err\n")


def test_lines_arrive_while_the_process_runs(tmp_path: Path) -> None:
    gate, seen = tmp_path / "gate", []

    def on_line(line: str) -> None:
        seen.append(line)
        gate.touch()

    code = (
        "import pathlib,time\nprint('first', flush=True)\n"
        f"while not pathlib.Path({str(gate)!r}).exists(): time.sleep(.01)\n"
        "print('second')"
    )
    proc.run([PYTHON, "-c", code], on_line=on_line, timeout=10)
    assert seen == ["first", "second"]


def test_the_environment_is_added_to_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "yes")
    done = proc.run([PYTHON, "-c", "import os; print(os.environ['KEPT'], os.environ['ADDED'])"], env={"ADDED": "too"})
    assert done.stdout == "yes too\n"


def test_large_input_and_output_do_not_block_each_other() -> None:
    text = "x" * 3_000_000
    done = proc.run([PYTHON, "-c", "import sys; sys.stdout.write(sys.stdin.read())"], stdin=text, timeout=30)
    assert len(done.stdout) == len(text)


def test_a_failure_shows_command_exit_code_and_last_output() -> None:
    with pytest.raises(CommandError) as caught:
        proc.run([PYTHON, "-c", "print('why it broke'); raise SystemExit(3)"])
    assert caught.value.code == 3
    assert "exit code 3" in str(caught.value)
    assert "why it broke" in str(caught.value)
    assert PYTHON in str(caught.value)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(UsageError, match="no-such-program"):
        proc.run(["no-such-program", "--version"], fix="install it")


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b"#!/no/such/interpreter\n", 0o755, "No such file or directory"),
        (b"\x7fELF of another machine", 0o755, "Exec format error"),
        (b"#!/bin/sh\n", 0o644, "Permission denied"),
    ],
)
def test_a_program_that_is_there_and_cannot_be_run_is_told_so(
    content: bytes, mode: int, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "tool"
    file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(UsageError, match="tool` can't be run") as caught:
        proc.run([file, "version"], fix="install it")
    assert caught.value.why.startswith(why)
    assert caught.value.fix == "install it"


def test_what_no_folder_of_path_has_is_not_there_whatever_a_file_of_that_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is no program has the same answer as a folder that may not be searched: root may search all."""
    (tmp_path / "tool").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="`tool` is not there") as caught:
        proc.run(["tool"])
    assert "Permission denied" in caught.value.why


def test_a_missing_folder_is_named_not_the_program(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        proc.run([PYTHON, "--version"], cwd=tmp_path / "nowhere")


def test_the_time_limit_kills_the_whole_group(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with pytest.raises(CommandError, match="time limit of 1"):
        proc.run(_spawner(file, "time.sleep(60)"), timeout=1.5)
    assert _gone(_pid_in(file))


def test_what_must_not_be_broken_off_may_end_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "ended"
    code = f"""
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)  # writes what it knows
    pathlib.Path({str(file)!r}).write_text("in order")
"""
    with pytest.raises(CommandError, match="time limit of 2"):
        proc.run([PYTHON, "-c", code], timeout=2, gently=30)
    assert file.read_text() == "in order"


def test_nothing_stays_behind_in_the_group_of_a_process_that_ended(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    proc.run(_spawner(file, "sys.exit(0)"), timeout=20)
    assert _gone(_pid_in(file))


def test_stopping_the_lab_ends_a_running_process(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    caught: list[BaseException] = []

    def work() -> None:
        try:
            proc.run(_spawner(file, "time.sleep(60)"), timeout=60)
        except Interrupted as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    grandchild = _pid_in(file)
    began = time.monotonic()
    stop.stop("a test says so")
    thread.join(timeout=10)
    stop.clear()
    assert "a test says so" in str(caught[0])
    assert _gone(grandchild)
    assert time.monotonic() - began < 10


def test_a_process_gets_no_terminal_input_and_a_group_of_its_own() -> None:
    done = proc.run([PYTHON, "-c", "import os,sys; print(repr(sys.stdin.read()), os.getpgid(0) == os.getpid())"])
    assert done.stdout == "'' True\n"
    assert os.getpgid(0) != 0


def test_what_was_started_is_asked_to_end_and_may_do_so_in_order(tmp_path: Path) -> None:
    code = (
        "import signal,sys,time\n"
        "def end(*_): print('in order', flush=True); sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    started = proc.Started([PYTHON, "-c", code], cwd=tmp_path, env={}, log=log)
    wait("start", log.read_text, bool, delay=0.01, timeout=10)
    assert started.alive()
    assert (started.end(), started.end(), started.alive()) == (7, 7, False)
    assert log.read_text() == "up\nin order\n"
    assert "in order" in str(started.failure("no figures"))


def test_the_group_of_what_was_started_ends_with_it_also_when_the_lab_was_stopped(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    ignores = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    started = proc.Started(_spawner(file, ignores), cwd=tmp_path, env={}, log=tmp_path / "log")
    grandchild = _pid_in(file)
    stop.stop("a test says so")
    try:
        assert started.end(grace=0.2) == -9
    finally:
        stop.clear()
    assert _gone(grandchild)


def test_a_file_goes_in_and_another_comes_out_byte_for_byte(tmp_path: Path) -> None:
    source, sink = tmp_path / "in", tmp_path / "out"
    source.write_bytes(bytes(range(256)) * 1000)
    done = proc.run(["cat"], stdin=source, output=sink)
    assert sink.read_bytes() == source.read_bytes()
    assert done.stdout == ""


def test_an_impatient_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    """The program wants a second to end in order, and gets another Ctrl-C, as its caller does, in the midst of it."""
    started, ending, ended = (tmp_path / name for name in ("started", "ending", "ended"))
    child = f"""
import os, pathlib, time
pathlib.Path({str(started)!r}).write_text(str(os.getppid()))
try:
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path({str(ending)!r}).touch()
    time.sleep(1)
    pathlib.Path({str(ended)!r}).touch()
"""
    caller = f"from lab.core import proc; proc.run([{PYTHON!r}, '-c', {child!r}], gently=30)"
    caught: list[CommandError] = []

    def call() -> None:
        try:
            proc.run([PYTHON, "-c", caller], cwd=CHECKOUT, timeout=60)
        except CommandError as error:
            caught.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    pid = _pid_in(started)
    os.kill(pid, signal.SIGINT)
    wait("the first Ctrl-C", ending.exists, bool, delay=0.01, timeout=10)
    os.kill(pid, signal.SIGINT)
    thread.join(timeout=20)
    assert ended.exists()
    assert "ending" in str(caught[0])
    assert "KeyboardInterrupt" in str(caught[0])
