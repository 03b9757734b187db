"""What the lab says while it works: one line at a time, tied to the step that speaks.

`say` and `progress` reach whoever listens in the current context: the view of a running graph, or plain stderr lines.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Listener:
    """Where words and progress of one step go."""

    say: Callable[[str], None]
    progress: Callable[[float, float], None]


def _stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


_listener = ContextVar("listener", default=Listener(_stderr, lambda _done, _total: None))  # noqa: B039 - frozen


def say(text: str) -> None:
    """Tell the user what happens now; call it for changes, not for every look."""
    _listener.get().say(text)


def tell(line: str) -> None:
    """Write a line that was asked for to stdout, at once: whoever reads it may wait for this very one."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def progress(done: float, total: float) -> None:
    """Show `done` of `total` (same unit, 0 < total) as the current step's bar."""
    _listener.get().progress(done, total)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send what is said inside to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
