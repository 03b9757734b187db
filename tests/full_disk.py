"""A disk on which nothing more has room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

_ROOM = 8  # bytes of each file


@contextmanager
def full_disk() -> Iterator[None]:
    """Let this process write no file beyond its first bytes: what writes more has them there, and gets OSError."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
