"""`lab.logs`: what the services and servers said, once or as it comes."""

import sys
from collections import deque
from pathlib import Path
from typing import TextIO

from lab.core import stop
from lab.core.errors import UsageError
from lab.core.paths import Paths
from lab.core.state import SERVICES, require
from lab.flows.command import within
from lab.stages import kind_logs as cluster_logs
from lab.stages.compose import SERVERS as CONTAINERS
from lab.stages.compose import ComposeRung
from lab.stages.host_programs import SERVERS, log_of

_MOST = 1_000_000  # lines
_SERVERS = {"host": SERVERS, "compose": CONTAINERS, "kind": tuple(cluster_logs.WHERE)}


def logs(service: str | None, follow: bool, lines: int) -> None:
    """Write the last `lines` of one log or all to stdout; with `follow` go on until interrupted.

    Raises UsageError for an unknown name, no such number of lines, or when no lab is up.
    """
    within("lines", lines, 0, _MOST)
    paths = Paths()
    state = require(paths.run)
    known = (*SERVICES, *_SERVERS[state.runtime])
    if service is not None and service not in known:
        raise UsageError(f"nothing is called {service!r}", fix=f"one of: {', '.join(known)}")
    names = [service] if service else list(known)
    if state.runtime == "compose":
        ComposeRung(paths, state).compose.show_logs(names, lines, follow=follow)
        return
    if state.runtime == "kind":
        cluster_logs.show(paths, state, names, lines, follow=follow)
        return
    tails = [_Tail(name, log_of(paths, name), labelled=service is None) for name in names]
    for tail in tails:
        tail.last(lines)
    while follow:
        for tail in tails:
            tail.new()
        stop.pause(0.3)


class _Tail:
    """One log file; survives its rotation."""

    def __init__(self, name: str, file: Path, *, labelled: bool) -> None:
        self._label, self._file = f"{name:<13}" if labelled else "", file
        self._handle: TextIO | None = None

    def last(self, lines: int) -> None:
        if self._open() is not None and self._handle is not None:
            self._write(*deque(self._handle, maxlen=lines))

    def new(self) -> None:
        handle = self._open()
        if handle is None:
            return
        self._write(*handle)
        if self._file.exists() and self._file.stat().st_ino != Path(f"/dev/fd/{handle.fileno()}").stat().st_ino:
            handle.close()
            self._handle = None

    def _open(self) -> TextIO | None:
        if self._handle is None and self._file.exists():
            self._handle = self._file.open(errors="replace")
        return self._handle

    def _write(self, *lines: str) -> None:
        for line in lines:
            sys.stdout.write(f"{self._label}{line if line.endswith(chr(10)) else line + chr(10)}")
        sys.stdout.flush()
