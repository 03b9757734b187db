"""Open-loop arrivals: requests begin when they are due, whether or not those before them were answered.

A closed loop asks again only when it was answered, so a server that stalls is asked less, and the stall is one slow
request among many fast ones. Here each request is due at a time of its own, and its latency counts from then on, also
when it had to wait for its turn. What a stall costs its users is seen in full.
"""

import random
from collections.abc import Callable
from time import perf_counter
from typing import Any

from gevent.local import local
from gevent.pool import Pool

LATE = 0.05  # seconds after which a request that could have begun counts as late

_arrival = local()


def overdue() -> float:
    """Return the seconds since the request that this greenlet makes was due; 0 in a closed loop."""
    due: float = getattr(_arrival, "due", perf_counter())
    return max(0.0, perf_counter() - due)


class Pace:
    """`rate` arrivals/s at even intervals from a random begin, at most `most` under way at once.

    `arrived` is told of each whether it was late by the generator's own fault: what waits because `most` are under way
    waits for the server.
    """

    def __init__(self, rate: float, most: int, arrived: Callable[[bool], None]) -> None:
        self._gap, self._pool, self._arrived = 1 / rate, Pool(most), arrived
        self._due = perf_counter() + random.random() * self._gap
        self._held = 0.0  # when an arrival last had to wait for one under way

    def until_next(self) -> float:
        """Return the seconds until the next arrival is due."""
        return max(0.0, self._due - perf_counter())

    def take(self, work: Callable[[], None]) -> None:
        """Begin the arrival that is due."""
        due, self._due = self._due, self._due + self._gap
        if self._pool.full():
            self._pool.wait_available()
            self._held = perf_counter()
        self._pool.spawn(self._begin, due, work)

    def finish(self, seconds: float) -> None:
        """Wait for what is under way, then give it up."""
        self._pool.join(timeout=seconds)
        self._pool.kill()

    def _begin(self, due: float, work: Callable[[], None]) -> None:
        _arrival.due = due
        self._arrived(overdue() > LATE and due > self._held)
        work()


def arrival(work: Callable[[Any], None]) -> Callable[[Any], None]:
    """Make a user's task begin when it is due, beside those under way; without a pace it is an ordinary task."""

    def arrive(user: Any) -> None:
        if user.pace is None:
            work(user)
        else:
            user.pace.take(lambda: work(user))

    return arrive
