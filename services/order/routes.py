"""The REST API of orders."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Request, Response
from opentelemetry import trace
from prometheus_client import Counter

from services.common.background import Worker
from services.common.database import Pool
from services.common.pagination import CursorText, Limit, WideLimit, decode, encode
from services.common.problems import Problem
from services.common.telemetry import ORDER_ID
from services.order import placing, store
from services.order.models import NewOrder, OrderChange
from services.order.users import Users

ACCEPTED = Counter("orders_accepted", "Orders answered with 201 for the first time")
REPLAYED = Counter("orders_replayed", "Orders answered again for a known Idempotency-Key")
router = APIRouter(prefix="/orders", tags=["orders"])
type Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


@dataclass(frozen=True)
class Parts:
    """What the routes work with, put together in app.py."""

    pool: Pool
    users: Users
    relay: Worker | None


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


@router.post("", status_code=201)
async def create(request: Request, order: NewOrder, idempotency_key: Key = None) -> Response:
    """Accept an order: 422 for an unknown user, 503 when that can't be told, 409 for a key used with another body."""
    parts = _parts(request)
    fingerprint = hashlib.sha256(await request.body()).hexdigest() if idempotency_key else ""
    try:
        await parts.users.require(order.user_id)
    except Problem:
        answer = await placing.first_answer(parts.pool, idempotency_key, fingerprint)
        if answer is None:
            raise
        new = False  # accepted once: what is true of the user now does not change that
    else:
        answer, new = await placing.place(parts.pool, order, idempotency_key, fingerprint)
    (ACCEPTED if new else REPLAYED).inc()
    trace.get_current_span().set_attribute(ORDER_ID, orjson.loads(answer)["id"])
    if new and parts.relay is not None:
        parts.relay.wake()
    return Response(answer, 201, media_type="application/json")


@router.get("/ledger")
async def ledger(request: Request, limit: WideLimit = 1000, cursor: CursorText = None) -> dict[str, Any]:
    """List every accepted order with its first event: pending in the outbox, or published."""
    rows = await store.ledger(_parts(request).pool, *decode(cursor), limit)
    return {
        "items": [
            {
                "order_id": str(row["id"]),
                "event_id": str(row["event_id"]),
                "state": "pending" if row["pending"] else "published",
            }
            for row in rows
        ],
        "next_cursor": encode(rows[-1]["created_at"], rows[-1]["id"]) if len(rows) == limit else None,
    }


@router.get("")
async def page(
    request: Request, limit: Limit = 50, cursor: CursorText = None, user_id: UUID | None = None
) -> dict[str, Any]:
    """List orders, oldest first."""
    rows = await store.page(_parts(request).pool, *decode(cursor), limit + 1, user_id)
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [store.shape(row) for row in rows[:limit]],
        "next_cursor": encode(last["created_at"], last["id"]) if last else None,
    }


@router.get("/{order_id}")
async def read(request: Request, order_id: UUID) -> dict[str, Any]:
    """Return one order; a cancelled one too."""
    return store.shape(await store.get(_parts(request).pool, order_id))


@router.patch("/{order_id}")
async def change(request: Request, order_id: UUID, wanted: OrderChange) -> dict[str, Any]:
    """Move an order on (pending, paid, shipped, delivered) or change the items of a pending one."""
    parts = _parts(request)
    row = await store.change(parts.pool, order_id, wanted)
    if parts.relay is not None:
        parts.relay.wake()
    return store.shape(row)


@router.delete("/{order_id}", status_code=204)
async def cancel(request: Request, order_id: UUID) -> None:
    """Cancel an order; it stays readable, as `cancelled`."""
    parts = _parts(request)
    await store.cancel(parts.pool, order_id)
    if parts.relay is not None:
        parts.relay.wake()
