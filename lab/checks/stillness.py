"""Whether the machine stood still while something was measured: asleep, paused from outside, or out of breath."""

import time
from typing import Self

from lab.checks.beside import Beside

STILL = 10.0  # seconds between two looks, a second apart, from which what was measured meanwhile is the machine's doing
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps; Darwin's does anyway


class Stillness(Beside):
    """`longest`: the longest that this process was not run at all, in seconds; it asks for that once a second."""

    pause = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last: float | None = None

    def __enter__(self) -> Self:
        self.look()
        return super().__enter__()

    def look(self) -> None:
        """Look at the clock once."""
        now = time.clock_gettime(_CLOCK)
        if self._last is not None:
            self.longest = max(self.longest, now - self._last - self.pause)
        self._last = now
