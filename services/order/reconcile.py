"""Fills a queue again that lost its messages (docs/adr/0006), and throws away what is too old to be asked for."""

import logging
from uuid import UUID

import httpx
from prometheus_client import Counter

from services.common.database import Connection, Pool, transaction
from services.common.sqs import Queue
from services.order.relay import IN_FLIGHT

log = logging.getLogger(__name__)
REPUBLISHED = Counter("outbox_republished", "Events published again because their queue was lost")
_PAGE = 500  # events that notification-service is asked about at once
_LOCK = 7_267_391  # any number: one replica reconciles at a time


class Reconciler:
    """Compares the queue with the one published to last; a new one has lost what had not been consumed."""

    def __init__(self, pool: Pool, queue: Queue, notification_url: str) -> None:
        self._pool, self._queue = pool, queue
        self._client = httpx.AsyncClient(base_url=notification_url, timeout=10, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def look(self) -> bool:
        """Republish what a lost queue took along. Raises what keeps it from knowing; the worker tries again."""
        seen = await self._queue.attributes("QueueArn", "CreatedTimestamp")
        identity = f"{seen['QueueArn']}@{seen['CreatedTimestamp']}"
        async with transaction(self._pool) as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                return False
            known = await connection.fetchval("SELECT identity FROM relay_queue WHERE name = $1", self._queue.name)
            if known == identity:
                return False
            if known is not None:
                # A relay may have sent to the lost queue and not yet committed: its events would look unpublished
                # now and published later, in no queue. Those who begin from here on send to the new queue.
                await self._pool.execute("SELECT pg_advisory_xact_lock($1)", IN_FLIGHT)
                count = await self._republish(connection)
                REPUBLISHED.inc(count)
                log.warning("the queue is another one: events published again", extra={"count": count, "was": known})
            await connection.execute(
                "INSERT INTO relay_queue (name, identity) VALUES ($1, $2) "
                "ON CONFLICT (name) DO UPDATE SET identity = excluded.identity",
                self._queue.name, identity,
            )  # fmt: skip
        return False

    async def _republish(self, connection: Connection) -> int:
        count, last = 0, 0
        while True:
            rows = await connection.fetch(
                "SELECT id, event_id FROM outbox WHERE published_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
                last, _PAGE,
            )  # fmt: skip
            if not rows:
                return count
            last = rows[-1]["id"]
            ids = [row["event_id"] for row in rows]
            answer = await self._client.post("/notifications/lookup", json={"event_ids": [str(i) for i in ids]})
            answer.raise_for_status()
            notified = {UUID(text) for text in answer.json()["notified"]}
            lost = [event_id for event_id in ids if event_id not in notified]
            await connection.execute("UPDATE outbox SET published_at = NULL WHERE event_id = ANY($1)", lost)
            count += len(lost)


class Cleaner:
    """Deletes published events and idempotency keys past their time, a bounded number each round."""

    def __init__(self, pool: Pool, outbox_hours: float, idempotency_hours: float) -> None:
        self._pool, self._outbox_hours, self._idempotency_hours = pool, outbox_hours, idempotency_hours

    async def clean(self) -> bool:
        """Delete up to 1,000 of each; return whether more may be left."""
        events = await self._pool.execute(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE published_at IS NOT NULL "
            "AND published_at < now() - make_interval(secs => $1) LIMIT 1000)",
            self._outbox_hours * 3600,
        )
        keys = await self._pool.execute(
            "DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys "
            "WHERE created_at < now() - make_interval(secs => $1) LIMIT 1000)",
            self._idempotency_hours * 3600,
        )
        return "DELETE 1000" in (events, keys)
