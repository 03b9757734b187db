"""The relay: from the outbox to SQS, in batches, safe with many replicas."""

import asyncio
import math
import time
from collections.abc import Sequence

import asyncpg
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge, Histogram

from services.common.database import Pool, transaction
from services.common.sqs import BATCH, Outgoing, Queue
from services.common.telemetry import context_of, traceparent, tracer

PUBLISHED = Counter("outbox_published", "Events that SQS took")
REFUSED = Counter("outbox_refused", "Events that SQS did not take; they are tried again")
SECONDS = Histogram("outbox_batch_seconds", "Time to publish one claimed batch")
PENDING = Gauge("outbox_pending", "Events that wait for publication; NaN: unknown")
OLDEST = Gauge("outbox_oldest_age_seconds", "Age of the oldest event that waits; NaN: unknown")
CLAIM = 200  # events a transaction claims: twenty calls, as many at once as the queue has threads

IN_FLIGHT = 7_267_392  # any number: relays share this lock while they send; the reconciler waits for them with it
_CLAIM = """
SELECT id, event_id, event_type, body, traceparent FROM outbox
WHERE published_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_WAITING = (
    "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox WHERE published_at IS NULL"
)


class NothingTakenError(Exception):
    """SQS answered, and took none of a claim's events: to be asked again after a while, as if it were away."""


class Relay:
    """Publishes claimed events. A crash between SQS' answer and the commit repeats them, which consumers survive."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool, self._queue = pool, queue

    async def publish(self) -> bool:
        """Claim and publish one batch; return whether more may wait.

        Raises what SQS raised, or NothingTakenError: its worker then backs off, longer each time.
        """
        async with transaction(self._pool) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", IN_FLIGHT)
            rows = await connection.fetch(_CLAIM, CLAIM)
            if not rows:
                return False
            began = time.perf_counter()
            chunks = [rows[n : n + BATCH] for n in range(0, len(rows), BATCH)]
            results = await asyncio.gather(*(self._send(chunk) for chunk in chunks), return_exceptions=True)
            taken = [row_id for result in results if not isinstance(result, BaseException) for row_id in result]
            await connection.execute("UPDATE outbox SET published_at = now() WHERE id = ANY($1)", taken)
        PUBLISHED.inc(len(taken))
        REFUSED.inc(len(rows) - len(taken))
        SECONDS.observe(time.perf_counter() - began)
        errors = [result for result in results if isinstance(result, BaseException)]
        if errors:
            raise errors[0]
        if not taken:
            raise NothingTakenError(f"SQS refused all of {len(rows)} events")
        return len(rows) == CLAIM

    async def _send(self, rows: Sequence[asyncpg.Record]) -> list[int]:
        """Send up to BATCH events, each with a span of its own under the request that caused it."""
        messages, spans = [], []
        for row in rows:
            span = tracer.start_span(
                "order-queue send", context=context_of(row["traceparent"]), kind=SpanKind.PRODUCER,
                attributes={"messaging.system": "aws_sqs", "messaging.message.id": str(row["event_id"])},
            )  # fmt: skip
            attributes = {"event_type": row["event_type"], "event_id": str(row["event_id"])}
            if parent := traceparent(span):
                attributes["traceparent"] = parent
            messages.append(Outgoing(str(row["id"]), row["body"], attributes))
            spans.append(span)
        try:
            taken = await self._queue.send(messages)
        finally:
            for span in spans:
                span.end()
        return [row["id"] for row in rows if str(row["id"]) in taken]

    async def measure(self) -> bool:
        """Look at what waits, for the metrics that alerts are made of: unknown, not what they were, when that fails."""
        pending = oldest = math.nan
        try:
            row = await self._pool.fetchrow(_WAITING)
            if row is not None:
                pending, oldest = row[0], float(row[1])
        finally:
            PENDING.set(pending)
            OLDEST.set(oldest)
        return False
