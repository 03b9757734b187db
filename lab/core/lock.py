"""One change of the lab at a time: a file lock that the kernel releases when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from lab.core.errors import UsageError, WaitTimeout
from lab.core.wait import wait


def _opened(file: Path) -> TextIO:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a+")
    except OSError as error:
        fix = f"make {file.parent} writable for you, or move the checkout to where you may write"
        raise UsageError(f"the lab can't write to {file.parent}", why=str(error), fix=fix) from error


@contextmanager
def lock(file: Path, *, timeout: float = 120) -> Iterator[None]:
    """Hold `file` while inside; wait up to `timeout` seconds for its holder, and say who that is.

    Raises WaitTimeout with the holder's pid, UsageError when the folder can't be written.
    """
    with _opened(file) as handle:

        def taken() -> bool:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        def holder(_: bool) -> str:
            handle.seek(0)
            return f"another command is at work: {handle.read().strip() or 'unknown'}"

        try:
            wait("lab", taken, bool, explain=holder, timeout=timeout)
        except WaitTimeout as error:
            raise WaitTimeout(error.what, why=error.why, fix="let it end, or end it, then try again") from error
        handle.seek(0)
        handle.truncate()
        handle.write(f"pid {os.getpid()}")
        handle.flush()
        yield
