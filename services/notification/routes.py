"""The REST API of notifications: what was sent, to whom asks by order, by event, or for all."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.common.database import Pool
from services.common.pagination import CursorText, Limit, WideLimit, decode, encode
from services.notification import store

router = APIRouter(prefix="/notifications", tags=["notifications"])


class Lookup(BaseModel):
    """Events to ask about."""

    event_ids: Annotated[list[UUID], Field(max_length=500)]


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


@router.get("")
async def page(
    request: Request, order_id: UUID | None = None, limit: Limit = 50, cursor: CursorText = None
) -> dict[str, Any]:
    """List what was sent: of one order by version, or everything by time."""
    at, row_id = decode(cursor)
    if order_id is None:
        rows = await store.page(_pool(request), at, row_id, limit + 1)
    else:
        rows = await store.of_order(_pool(request), order_id, row_id, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [store.shape(row) for row in rows[:limit]],
        "next_cursor": encode(last["sent_at"], last["id"]) if last else None,
    }


@router.post("/lookup")
async def lookup(request: Request, asked: Lookup) -> dict[str, list[str]]:
    """Say which of the events were notified of."""
    return {"notified": [str(event_id) for event_id in await store.known(_pool(request), asked.event_ids)]}


@router.get("/ledger")
async def ledger(request: Request, limit: WideLimit = 1000, cursor: CursorText = None) -> dict[str, Any]:
    """List every notification's event and order, with how often it was delivered."""
    rows = await store.page(_pool(request), *decode(cursor), limit)
    return {
        "items": [
            {
                "order_id": str(row["order_id"]),
                "event_id": str(row["event_id"]),
                "deliveries": row["deliveries"],
            }
            for row in rows
        ],
        "next_cursor": encode(rows[-1]["sent_at"], rows[-1]["id"]) if len(rows) == limit else None,
    }
