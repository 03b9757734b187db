"""Work beside requests: loops that survive their errors with back-off, say what is wrong, end between two batches."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from prometheus_client import Gauge

log = logging.getLogger(__name__)
_FIRST, _LONGEST = 0.2, 5.0  # seconds of back-off
SUCCESS = Gauge(
    "worker_last_success_timestamp_seconds", "When a worker's step last went well; 0: not since its start", ["worker"]
)


class Worker:
    """Runs `step` again and again until stopped. A step returns True to be run again at once, False to rest."""

    def __init__(self, name: str, step: Callable[[], Awaitable[bool]], *, rest: float) -> None:
        self.name, self.reason = name, "not started"
        self._step, self._rest = step, rest
        self._stopping, self._wake = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._success = SUCCESS.labels(name)

    def start(self) -> None:
        """Begin; to be called once, inside a running loop."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """End a rest early: there is work."""
        self._wake.set()

    async def health(self) -> str:
        """Return "" while the last step went well, else what was wrong with it."""
        return self.reason

    async def stop(self, seconds: float) -> None:
        """Let the step under way end, for at most `seconds`; then it is cancelled, as a crash would."""
        self._stopping.set()
        self._wake.set()
        if self._task is None:
            return
        _, late = await asyncio.wait({self._task}, timeout=seconds)
        for task in late:
            log.warning("worker did not end in time", extra={"worker": self.name, "seconds": seconds})
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                again = await self._step()
            except Exception as error:  # noqa: BLE001 - a worker outlives every error of a step; it is told and counted
                reason = f"{type(error).__name__}: {error}"
                if reason != self.reason:
                    log.warning("worker failed, will retry", extra={"worker": self.name, "reason": reason})
                self.reason = reason
                backoff = min(_LONGEST, _FIRST * 2**failures) * random.uniform(0.5, 1)  # noqa: S311 - jitter
                failures = min(failures + 1, 10)
                await _until(self._stopping, backoff)  # a wake waits too: it would only fail again
                continue
            if failures:
                log.info("worker recovered", extra={"worker": self.name})
            failures, self.reason = 0, ""
            self._success.set_to_current_time()
            if not again:
                await _until(self._wake, self._rest)
                self._wake.clear()


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Return when `event` is set, or after `seconds`."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), timeout=seconds)


@asynccontextmanager
async def running(workers: Sequence[Worker], drain_seconds: Callable[[], float]) -> AsyncIterator[None]:
    """Run `workers` beside what is inside; at its end all stop at once, each after the step it is in.

    `drain_seconds` is asked at the end: for how long they may.
    """
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        seconds = drain_seconds()
        await asyncio.gather(*(worker.stop(seconds) for worker in workers))
