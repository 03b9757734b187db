"""The consumer: from SQS to a notification, once for each event; deletes only after the effect."""

import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from opentelemetry.trace import Link, Span, SpanKind, get_current_span
from prometheus_client import Counter, Histogram

from services.common.database import Pool, reachable
from services.common.sqs import Incoming, Queue
from services.common.telemetry import ORDER_ID, context_of, tracer
from services.notification import store
from services.notification.batch import Batch, Received
from services.notification.events import Event
from services.notification.leases import Claim, Leases
from services.notification.turns import Turns

SENT = Counter("notifications_sent", "Notifications sent", ["event_type"])
DUPLICATES = Counter("notifications_duplicates", "Deliveries of events that were notified of before; nothing was sent")
HELD = Counter("messages_held", "Messages left for later because another worker has their event")
FAILED = Counter("messages_failed", "Messages whose notification failed, counted each time; they are tried again")
LAG = Histogram(
    "notification_lag_seconds", "From the event to its notification",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)  # fmt: skip
_WAIT = 2  # seconds of a long poll: the longest that a drain waits for an empty queue
_WELL = 1  # seconds that PostgreSQL is believed to be well after it took a batch
_REJECTED_HIDDEN = 1  # seconds: what is no event now won't be one later, so its three receives may pass quickly
_DATA = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)  # an event's own fault, not the database's
_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)  # in _work: whatever is not _DATA


class Consumer:
    """Works on one batch of up to ten at a time; several consumers run at once, and share `turns`."""

    def __init__(self, pool: Pool, queue: Queue, leases: Leases, visibility: int, turns: Turns | None = None) -> None:
        self._pool, self._queue, self._leases, self._visibility = pool, queue, leases, visibility
        self._turns = turns or Turns()
        self._well_until = 0.0  # monotonic seconds
        self._kept: Batch | None = None

    async def step(self) -> bool:
        """Receive and work on one batch. Raises what SQS or PostgreSQL raised.

        Each receive counts, and the third failure is the DLQ, which is for messages at fault. So PostgreSQL is asked
        before anything is received, unless it took a batch just now; and a batch that it does not take all the same
        (its disk is full, a lock keeps writers out) is kept, hidden from others, for the next step to try again.
        """
        batch = self._kept or await self._receive()
        self._kept = None
        if batch is None:
            return True
        try:
            await self._work(batch)
        except _DATABASE:
            if batch.may_be_kept():
                self._kept = batch
            raise
        finally:
            if self._kept is None:
                batch.let_go()
        return True

    def close(self) -> None:
        """Let go of what is kept; it comes again."""
        if self._kept is not None:
            self._kept.let_go()
            self._kept = None

    async def _receive(self) -> Batch | None:
        async with self._turns.one(_WAIT) as mine:
            if not mine:
                return None
            if time.monotonic() > self._well_until:
                await reachable(self._pool)
            messages = await self._queue.receive(wait=_WAIT, visibility=self._visibility)
            self._turns.found(len(messages))
        return Batch(self._queue, messages, self._visibility) if messages else None

    async def _work(self, batch: Batch) -> None:
        good: dict[UUID, Received] = {}
        again = [item for item in batch.events if good.setdefault(item[1].event_id, item) is not item]  # two in one
        received = list(good.values())
        token, claims = await self._leases.claim([event.event_id for _, event in received])
        ours = [item for item, claim in zip(received, claims, strict=True) if claim is Claim.OURS]
        held = [item for item, claim in zip(received, claims, strict=True) if claim is Claim.HELD]
        done = [item for item, claim in zip(received, claims, strict=True) if claim is Claim.DONE]
        HELD.inc(len(held))  # hidden until their visibility ends; by then the other worker is done or dead
        sent = await self._send(ours, token, batch)
        sent_ids = {event.event_id for _, event in sent}
        done += [item for item in again if item[1].event_id in sent_ids]
        if done:
            done = await self._count_repeats(done, batch)
        if handles := [message.handle for message, _ in (*sent, *done)]:
            await self._queue.delete(handles)
        if batch.rejected:
            await self._queue.hide([message.handle for message in batch.rejected], _REJECTED_HIDDEN)

    async def _count_repeats(self, done: list[Received], batch: Batch) -> list[Received]:
        """Count the repeats; return those that were notified of. Redis' word is checked: PostgreSQL may know less."""
        ids = [event.event_id for _, event in done]
        known = set(await store.known(self._pool, ids))
        repeats = [event_id for event_id in ids if event_id in known]
        await store.repeated(self._pool, repeats)
        DUPLICATES.inc(len(repeats))
        missing = [item for item in done if item[1].event_id not in known]
        sent = await self._send(missing, "", batch) if missing else []
        return [item for item in done if item[1].event_id in known] + sent

    async def _send(self, items: list[Received], token: str, batch: Batch) -> list[Received]:
        """Notify of all, together or, when that fails for the sake of one, one by one; return what succeeded."""
        if not items:
            return []
        spans = [_span(message, event) for message, event in items]
        try:
            try:
                await self._effect(items)
            except _DATA:
                return [item for item in items if await self._alone(item, token, batch)]
            else:
                return items
        except Exception:
            self._well_until = 0.0
            await self._leases.release([event.event_id for _, event in items], token)
            FAILED.inc(len(items))
            raise
        finally:
            for span in spans:
                span.end()

    async def _alone(self, item: Received, token: str, batch: Batch) -> bool:
        try:
            await self._effect([item])
        except _DATA as error:
            await self._leases.release([item[1].event_id], token)
            batch.reject(item[0], repr(error))
            return False
        return True

    async def _effect(self, items: Sequence[Received]) -> None:
        deliveries = await store.send(self._pool, [event for _, event in items])
        self._well_until = time.monotonic() + _WELL
        now = time.time()
        for _, event in items:
            if deliveries[event.event_id] > 1:
                DUPLICATES.inc()
                continue
            SENT.labels(event.type).inc()
            LAG.observe(max(0.0, now - event.occurred_at.timestamp()))
        await self._leases.done([event.event_id for _, event in items])


def _span(message: Incoming, event: Event) -> Span:
    """Begin the consumer's span: in the order's own trace, and linked to the producer's span."""
    context = context_of(message.attributes.get("traceparent"))
    producer = get_current_span(context).get_span_context()
    return tracer.start_span(
        "order-queue process",
        context=context,
        kind=SpanKind.CONSUMER,
        links=[Link(producer)] if producer.is_valid else [],
        attributes={
            "messaging.system": "aws_sqs",
            "messaging.message.id": str(event.event_id),
            "messaging.aws_sqs.receive_count": message.receives,
            ORDER_ID: str(event.order_id),
        },
    )
