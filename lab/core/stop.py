"""The one flag that ends work under way: set by Ctrl-C, SIGTERM or a failed step; every wait and process reads it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lab.core.errors import Interrupted
from lab.core.say import say

_stopped = threading.Event()
_reason = "interrupted"


def stop(reason: str) -> None:
    """Ask all waits and processes to end; the first reason given is the one reported."""
    global _reason  # noqa: PLW0603 - one process, one flag
    if not _stopped.is_set():
        _reason = reason
        _stopped.set()


def clear() -> None:
    """Begin anew: a rollback or the next graph may wait and start processes again."""
    _stopped.clear()


def raise_if_stopped() -> None:
    """Raise Interrupted once `stop` was called."""
    if _stopped.is_set():
        raise Interrupted(f"stopped: {_reason}")


def pause(seconds: float) -> None:
    """Let `seconds` go by, or raise Interrupted as soon as `stop` is called."""
    _stopped.wait(seconds)
    raise_if_stopped()


@contextmanager
def undisturbed(words: str) -> Iterator[None]:
    """Let nobody end what cleans up inside, and say `words` to who tries; an earlier Ctrl-C is done with."""
    clear()
    with shielded(words):
        yield


@contextmanager
def shielded(words: str) -> Iterator[None]:
    """Let no signal break off what is inside, and say `words` to who sends one; what was stopped stays stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sent: signal.signal(sent, lambda *_: say(words)) for sent in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sent, handler in before.items():
            signal.signal(sent, handler)
