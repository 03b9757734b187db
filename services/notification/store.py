"""The SQL of notifications: the row is the effect, and there is one for each event."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from services.common.database import Pool, iso
from services.notification.events import Event

# `deliveries` is 1 for a row that this statement made, more for one that was there.
_SEND = """
INSERT INTO notifications (id, event_id, event_type, order_id, user_id, version, body, occurred_at, sent_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::text[],
                     $8::timestamptz[], $9::timestamptz[])
ON CONFLICT (event_id) DO UPDATE SET deliveries = notifications.deliveries + 1
RETURNING event_id, deliveries
"""
_REPEATED = """
UPDATE notifications SET deliveries = deliveries + again.times
FROM (SELECT event_id, count(*) AS times FROM unnest($1::uuid[]) AS event_id GROUP BY event_id) again
WHERE notifications.event_id = again.event_id
"""
_PAGE = """
SELECT * FROM notifications
WHERE ($1::timestamptz IS NULL OR (sent_at, id) > ($1, $2::uuid))
ORDER BY sent_at, id LIMIT $3
"""
_OF_ORDER = """
SELECT * FROM notifications
WHERE order_id = $1
    AND ($2::uuid IS NULL OR (version, id) > (SELECT version, id FROM notifications WHERE id = $2))
ORDER BY version, id LIMIT $3
"""


async def send(pool: Pool, events: Sequence[Event]) -> dict[UUID, int]:
    """Notify of each event (no event twice in one call); return how often each was delivered until now."""
    now = datetime.now(UTC)
    rows = await pool.fetch(
        _SEND,
        [uuid4() for _ in events],
        [event.event_id for event in events],
        [event.type for event in events],
        [event.order_id for event in events],
        [event.user_id for event in events],
        [event.version for event in events],
        [event.text() for event in events],
        [event.occurred_at for event in events],
        [now for _ in events],
    )
    return {row["event_id"]: row["deliveries"] for row in rows}


async def repeated(pool: Pool, events: Sequence[UUID]) -> None:
    """Count further deliveries of events that were notified of before; an event may be named more than once."""
    await pool.execute(_REPEATED, list(events))


async def of_order(pool: Pool, order_id: UUID, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Return an order's notifications after one of them, by its versions, whatever order their events arrived in."""
    return await pool.fetch(_OF_ORDER, order_id, after, limit)


async def page(pool: Pool, at: datetime | None, row_id: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Return notifications after a cursor, first sent first."""
    return await pool.fetch(_PAGE, at, row_id, limit)


async def known(pool: Pool, events: Sequence[UUID]) -> list[UUID]:
    """Return which of the events were notified of."""
    rows = await pool.fetch("SELECT event_id FROM notifications WHERE event_id = ANY($1)", list(events))
    return [row["event_id"] for row in rows]


def shape(row: asyncpg.Record) -> dict[str, Any]:
    """Return a notification as it is answered."""
    return {
        "id": str(row["id"]),
        "event_id": str(row["event_id"]),
        "event_type": row["event_type"],
        "order_id": str(row["order_id"]),
        "user_id": str(row["user_id"]),
        "version": row["version"],
        "body": row["body"],
        "occurred_at": iso(row["occurred_at"]),
        "sent_at": iso(row["sent_at"]),
        "deliveries": row["deliveries"],
    }
