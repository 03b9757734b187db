"""What a process says, line by line: kept whole, and told as it comes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import IO

from lab.core import stop

TAIL = 20  # last lines that an error shows
SILENCE = 1.0  # seconds after which what still holds a pipe of an ended process is left alone


class Lines:
    """Both streams of a process: whole by stream, and in the order they came for the tail."""

    def __init__(self, on_line: Callable[[str], None] | None) -> None:
        self._on_line = on_line
        self._streams: dict[str, list[str]] = {"out": [], "err": []}
        self._told = {"out": 0, "err": 0}  # lines that `on_line` is done with
        self._last: deque[str] = deque(maxlen=TAIL)
        self._readers: dict[str, threading.Thread] = {}
        self._failure: Exception | None = None

    def read(self, pipe: IO[bytes] | None, name: str) -> None:
        """Take the lines of a stream from now on."""

        def pump() -> None:
            if pipe is None:
                return
            try:
                with pipe:
                    for raw in pipe:
                        self._take(name, raw.decode(errors="replace"))
            except Exception as error:  # noqa: BLE001 - `finish` raises it
                self._failure = error

        context = copy_context()  # so that what `on_line` says belongs to the step that started the process
        self._readers[name] = threading.Thread(target=lambda: context.run(pump), daemon=True)
        self._readers[name].start()

    def _take(self, name: str, line: str) -> None:
        self._streams[name].append(line)
        self._last.append(line.rstrip("\n"))
        if self._on_line is not None:
            self._on_line(line.rstrip("\n"))
        self._told[name] += 1

    def finish(self, deadline: float) -> None:
        """Let `on_line` have all that a process said before it ended, and raise what it raised.

        A daemon that left the group may hold a pipe: it is left alone once it was silent for SILENCE seconds, or at
        `deadline`.
        """
        for name, reader in self._readers.items():
            before = -1
            while reader.is_alive():
                told, busy = self._told[name], len(self._streams[name]) > self._told[name]
                if not busy and (told == before or time.monotonic() > deadline):
                    break
                stop.raise_if_stopped()
                before = told
                reader.join(timeout=SILENCE)
        if self._failure is not None:
            raise self._failure

    def text(self, name: str) -> str:
        """Return a stream as it came, "out" or "err"."""
        return "".join(self._streams[name])

    def tail(self) -> str:
        """Return the last lines of both."""
        return "\n".join(self._last)
