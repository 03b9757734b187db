"""The one runner of processes: streams, time limits, whole groups, errors that show what ran and what it said."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lab.core import stop
from lab.core.errors import CommandError, Interrupted, UsageError
from lab.core.lines import TAIL, Lines

_GRACE = 5.0  # seconds between SIGTERM and SIGKILL of a group


@dataclass(frozen=True)
class Completed:
    """How a process ended. `seconds` is wall time; `stdout` and `stderr` are whole and decoded as UTF-8."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str
    seconds: float


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | Path | None = None,
    output: Path | None = None,
    timeout: float = 600,
    check: bool = True,
    on_line: Callable[[str], None] | None = None,
    fix: str = "",
    gently: float = 0,
) -> Completed:
    """Run `argv` (never a shell) in a process group of its own and return how it ended.

    `env` is added to the environment, never in place of it. `stdin` is a text, or a file. With `output` standard output
    goes to that file, byte for byte, and not into what is returned. `on_line` gets every line of the streams as it
    comes, however slow it is. After `timeout` seconds, on stop or on Ctrl-C the whole group gets SIGTERM, then SIGKILL;
    a program that must not be broken off has `gently` seconds to end by a SIGINT before that, and a second Ctrl-C does
    not take them away. Whatever the process left in its group when it ended goes too. Raises CommandError for a time
    limit and, with `check`, for an exit code other than 0; UsageError for a program that is not there or can't be run;
    Interrupted; and what `on_line` raises.
    """
    words = tuple(str(word) for word in argv)
    stop.raise_if_stopped()
    began, lines = time.monotonic(), Lines(on_line)
    with ExitStack() as files:
        source = files.enter_context(stdin.open("rb")) if isinstance(stdin, Path) else subprocess.PIPE
        sink = subprocess.PIPE if output is None else files.enter_context(output.open("wb"))
        try:
            process = subprocess.Popen(
                words,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL if stdin is None else source,
                stdout=sink,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise _refused(error, words, cwd, fix) from error
    try:
        lines.read(process.stdout, "out")
        lines.read(process.stderr, "err")
        if isinstance(stdin, str):
            _feed(process, stdin)
        code = _end(process, began + timeout)
    except (KeyboardInterrupt, Interrupted):
        _break_off(process, words, gently)
        raise
    if code is None:
        _break_off(process, words, gently)
        why = f"stopped after its time limit of {timeout:g} s"
        raise CommandError(words, None, why=why, detail=lines.tail(), fix=fix)
    _kill_group(process)
    lines.finish(began + timeout)
    if check and code != 0:
        why = f"exit code {code}" if code > 0 else f"killed by {signal.Signals(-code).name}"
        raise CommandError(words, code, why=why, detail=lines.tail(), fix=fix)
    return Completed(words, code, lines.text("out"), lines.text("err"), time.monotonic() - began)


def start_daemon(argv: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], log: Path) -> int:
    """Start `argv` in a session of its own that outlives this process, its output appended to `log`; return its pid."""
    process = _logged(argv, cwd, env, log)
    process.returncode = 0  # nobody waits for it: without this Python warns of a child that outlives it
    return process.pid


class Started:
    """A process that runs beside this one until it ends by itself or `end` is called; its output is added to `log`."""

    def __init__(self, argv: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], log: Path) -> None:
        self._words, self._log = tuple(str(word) for word in argv), log
        self._process = _logged(argv, cwd, env, log)
        self.pid = self._process.pid

    def alive(self) -> bool:
        """Return whether it runs."""
        return self._process.poll() is None

    def end(self, grace: float = _GRACE) -> int:
        """Ask it by SIGTERM to end, wait for that, and return its exit code.

        What is left of its group after `grace` seconds, or when it ended, is killed. Works on a stopped lab too.
        """
        try:
            if self.alive():
                self._process.terminate()
                self._process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _kill_group(self._process)
        return self._process.returncode

    def failure(self, why: str) -> CommandError:
        """Return the error that tells what ran, why it is no good, and what it said last."""
        tail = self._log.read_text(errors="replace").splitlines()[-TAIL:]
        return CommandError(self._words, self._process.returncode, why=why, detail="\n".join(tail))


def _logged(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    stop.raise_if_stopped()
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(word) for word in argv],
            cwd=cwd,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _refused(error: OSError, words: Sequence[str], cwd: Path | None, fix: str) -> UsageError:
    """Return why nothing was started. The kernel says "not found" of a script whose interpreter is missing, too."""
    what = str(cwd) if cwd is not None and not cwd.is_dir() else words[0]
    missing = isinstance(error, FileNotFoundError)
    gone = shutil.which(what) is None and (missing or os.sep not in what)
    why = "" if missing and gone else f"{error.strerror}; "
    told = f"`{what}` is not there" if gone else f"`{what}` can't be run"
    return UsageError(told, why=f"{why}needed by `{shlex.join(words)}`", fix=fix)


def _feed(process: subprocess.Popen[bytes], text: str) -> None:
    """Write standard input beside the readers, so that neither side blocks the other."""

    def write(pipe: IO[bytes]) -> None:
        try:
            with pipe:
                pipe.write(text.encode())
        except BrokenPipeError:
            return  # the process ended without reading all of it: its exit code tells

    if process.stdin is not None:
        threading.Thread(target=write, args=(process.stdin,), daemon=True).start()


def _end(process: subprocess.Popen[bytes], deadline: float) -> int | None:
    """Return the exit code, or None when the deadline came first."""
    while time.monotonic() < deadline:
        stop.raise_if_stopped()
        try:
            return process.wait(timeout=min(0.1, max(0.0, deadline - time.monotonic())))
        except subprocess.TimeoutExpired:
            continue
    return None


def _break_off(process: subprocess.Popen[bytes], words: Sequence[str], gently: float) -> None:
    """End what is under way; who is impatient meanwhile would leave it behind, with nobody who waits for it."""
    most = gently + 2 * _GRACE
    with stop.shielded(f"ending {Path(words[0]).name} first: this takes {most:g} s at most"):
        _kill_group(process, gently)


def _kill_group(process: subprocess.Popen[bytes], gently: float = 0) -> None:
    steps = [(signal.SIGINT, gently)] if gently else []
    for sent, grace in (*steps, (signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        try:
            os.killpg(process.pid, sent)  # the group's id is the leader's pid, also after the leader ended
        except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            break
        if process.poll() is None:
            try:
                process.wait(timeout=grace)
            except subprocess.TimeoutExpired:
                continue
    process.wait()
