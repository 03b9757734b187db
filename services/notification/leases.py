"""Leases in Redis: who works on an event now, and which events are done. Redis' clock alone decides when one ends.

Redis may be gone or forget: then nothing is known, everything is worked on, and PostgreSQL's uniqueness holds.
"""

import logging
import time
from collections.abc import Sequence
from enum import Enum
from uuid import UUID, uuid4

from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
WITHOUT = Counter("leases_unavailable", "Batches worked on without leases, because Redis did not answer")
_DONE = b"done"
_DONE_SECONDS = 24 * 3600
_AWAY_SECONDS = 2.0

# Release only what is ours: a lease that ran out may be another worker's by now.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Claim(Enum):
    """What a worker may do with an event."""

    OURS = "ours"
    DONE = "done"
    HELD = "held"


class Leases:
    """Claims events for one worker of this process."""

    def __init__(self, redis: Redis, seconds: float) -> None:
        self._redis, self._milliseconds = redis, int(seconds * 1000)
        self._release = redis.register_script(_RELEASE)
        self._away_until = (
            0.0  # monotonic seconds: Redis is not asked before, so that its time-outs don't slow every batch
        )

    async def claim(self, events: Sequence[UUID]) -> tuple[str, list[Claim]]:
        """Take a lease on each event that nobody has; return our token and what became of each."""
        token = uuid4().hex
        if time.monotonic() < self._away_until:
            WITHOUT.inc()
            return token, [Claim.OURS] * len(events)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for event in events:
                    pipe.set(_key(event), token, nx=True, px=self._milliseconds, get=True)
                holders = await pipe.execute()
        except (RedisError, OSError) as error:
            WITHOUT.inc()
            self._away("working without leases", error)
            return token, [Claim.OURS] * len(events)
        return token, [Claim.OURS if h is None else Claim.DONE if h == _DONE else Claim.HELD for h in holders]

    async def done(self, events: Sequence[UUID]) -> None:
        """Remember that the events had their effect: a repeat is then told without asking PostgreSQL to insert."""
        if time.monotonic() < self._away_until:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for event in events:
                    pipe.set(_key(event), _DONE, ex=_DONE_SECONDS)
                await pipe.execute()
        except (RedisError, OSError) as error:
            self._away("could not remember what is done", error)

    async def release(self, events: Sequence[UUID], token: str) -> None:
        """Give leases back after a failure, so that the next delivery need not wait for them to run out."""
        try:
            for event in events:
                await self._release(keys=[_key(event)], args=[token])
        except (RedisError, OSError) as error:
            self._away("could not release leases", error)

    def _away(self, what: str, error: Exception) -> None:
        log.warning(what, extra={"reason": repr(error)})
        self._away_until = time.monotonic() + _AWAY_SECONDS


def _key(event: UUID) -> str:
    return f"event:{event}"
