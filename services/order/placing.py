"""Placing an order: it, its event and its idempotency key are written at once, and a key answers once."""

from datetime import UTC, datetime
from uuid import uuid4

import orjson

from services.common.database import Pool, iso
from services.common.problems import Problem
from services.common.telemetry import traceparent
from services.order import events
from services.order.models import NewOrder, plain, total

# One statement is one transaction and one round trip. A key that exists already stops all three inserts; one that
# is being written elsewhere is waited for.
_PLACE = """
WITH key AS (
    INSERT INTO idempotency_keys (key, fingerprint, answer, created_at)
    SELECT $1::text, $2, $3, $4 WHERE $1 IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING 1
), placed AS (
    INSERT INTO orders (id, user_id, status, items, total, version, event_id, created_at, updated_at)
    SELECT $5::uuid, $6::uuid, 'pending', $7::jsonb, $8::numeric, 1, $9::uuid, $4::timestamptz, $4::timestamptz
    WHERE $1 IS NULL OR EXISTS (SELECT FROM key)
    RETURNING event_id
)
INSERT INTO outbox (event_id, event_type, body, traceparent, created_at)
SELECT event_id, 'order.created', $10, $11, $4 FROM placed
RETURNING id
"""


async def place(pool: Pool, order: NewOrder, key: str | None, fingerprint: str) -> tuple[bytes, bool]:
    """Write a new order, its event and its idempotency key; return the answer's JSON and True.

    For a known key nothing is written: the first answer and False are returned.

    Raises a 409 Problem when the key was used with another body.
    """
    order_id, event_id, now = uuid4(), uuid4(), datetime.now(UTC)
    items, cost = plain(order.items), total(order.items)
    at = iso(now)
    answer = orjson.dumps(
        {
            "id": str(order_id),
            "user_id": str(order.user_id),
            "status": "pending",
            "items": items,
            "total": f"{cost:.2f}",
            "version": 1,
            "created_at": at,
            "updated_at": at,
        }
    )
    event = events.body(event_id, "order.created", order_id, order.user_id, 1, "pending", cost, now)
    row = await pool.fetchval(
        _PLACE, key, fingerprint, answer.decode(), now, order_id, order.user_id, items, cost, event_id, event,
        traceparent(),
    )  # fmt: skip
    if row is not None:
        return answer, True
    first = await first_answer(pool, key, fingerprint)
    if first is None:  # the key's owner rolled back, or it expired, between two statements
        raise Problem(503, "try-again", "the key's first request did not end", headers={"Retry-After": "1"})
    return first, False


async def first_answer(pool: Pool, key: str | None, fingerprint: str) -> bytes | None:
    """Return the first answer to `key`, None for a new key. Raises a 409 Problem when the body was another."""
    row = await pool.fetchrow("SELECT fingerprint, answer FROM idempotency_keys WHERE key = $1", key) if key else None
    if row is None:
        return None
    if row["fingerprint"] != fingerprint:
        raise Problem(409, "idempotency-key-reused", "this Idempotency-Key was used with another body")
    answer: str = row["answer"]
    return answer.encode()
