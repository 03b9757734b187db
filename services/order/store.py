"""The SQL of orders. Every write puts the order and its event into one transaction."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from services.common.database import Connection, Pool, iso, transaction
from services.common.problems import Problem
from services.common.telemetry import traceparent
from services.order import events
from services.order.models import CANCELLABLE, NEXT, OrderChange, plain, total

_LEDGER = """
SELECT o.id, o.event_id, o.created_at, x.published_at IS NULL AND x.id IS NOT NULL AS pending
FROM orders o LEFT JOIN outbox x USING (event_id)
WHERE $1::timestamptz IS NULL OR (o.created_at, o.id) > ($1, $2::uuid)
ORDER BY o.created_at, o.id LIMIT $3
"""
_PAGE = """
SELECT * FROM orders
WHERE ($1::timestamptz IS NULL OR (created_at, id) > ($1, $2::uuid)) AND ($4::uuid IS NULL OR user_id = $4)
ORDER BY created_at, id LIMIT $3
"""


def shape(row: asyncpg.Record) -> dict[str, Any]:
    """Return an order as it is answered."""
    return {
        "id": str(row["id"]),
        "user_id": str(row["user_id"]),
        "status": row["status"],
        "items": row["items"],
        "total": f"{row['total']:.2f}",
        "version": row["version"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }


async def get(pool: Pool, order_id: UUID) -> asyncpg.Record:
    """Return one order. Raises a 404 Problem."""
    row = await pool.fetchrow("SELECT * FROM orders WHERE id = $1", order_id)
    if row is None:
        raise _unknown(order_id)
    return row


async def page(
    pool: Pool, at: datetime | None, row_id: UUID | None, limit: int, user: UUID | None
) -> list[asyncpg.Record]:
    """Return orders after a cursor, oldest first."""
    return await pool.fetch(_PAGE, at, row_id, limit, user)


async def ledger(pool: Pool, at: datetime | None, row_id: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Return id, event_id, created_at and whether the event still waits in the outbox, for orders after a cursor."""
    return await pool.fetch(_LEDGER, at, row_id, limit)


async def change(pool: Pool, order_id: UUID, wanted: OrderChange) -> asyncpg.Record:
    """Apply a change and its event; one that changes nothing has none, and returns the order as it is.

    Raises Problem: 404, or 409 for a state or version that does not allow it.
    """
    async with transaction(pool) as connection:
        row = await _locked(connection, order_id)
        if wanted.version is not None and wanted.version != row["version"]:
            raise _conflict(f"the order has version {row['version']}, not {wanted.version}", "version")
        if wanted.status is None and wanted.items is None:
            return row
        if wanted.status is not None and wanted.status not in NEXT[row["status"]]:
            raise _conflict(f"an order that is {row['status']} can't become {wanted.status}", "status")
        if wanted.items is not None and row["status"] != "pending":
            raise _conflict(f"items of an order that is {row['status']} can't change", "items")
        return await _write(
            connection, row, "order.updated", wanted.status or row["status"],
            plain(wanted.items) if wanted.items else row["items"],
            total(wanted.items) if wanted.items else row["total"],
        )  # fmt: skip


async def cancel(pool: Pool, order_id: UUID) -> None:
    """Cancel an order; one that is cancelled stays so. Raises Problem: 404, or 409 for one that was shipped."""
    async with transaction(pool) as connection:
        row = await _locked(connection, order_id)
        if row["status"] == "cancelled":
            return
        if row["status"] not in CANCELLABLE:
            raise _conflict(f"an order that is {row['status']} can't be cancelled", "status")
        await _write(connection, row, "order.cancelled", "cancelled", row["items"], row["total"])


async def _locked(connection: Connection, order_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow("SELECT * FROM orders WHERE id = $1 FOR UPDATE", order_id)
    if row is None:
        raise _unknown(order_id)
    return row


async def _write(
    connection: Connection, row: asyncpg.Record, kind: str, status: str, items: Any, cost: Any
) -> asyncpg.Record:
    now, event_id = datetime.now(UTC), uuid4()
    changed = await connection.fetchrow(
        "UPDATE orders SET status = $2, items = $3, total = $4, version = version + 1, updated_at = $5 "
        "WHERE id = $1 RETURNING *",
        row["id"], status, items, cost, now,
    )  # fmt: skip
    assert changed is not None  # noqa: S101 - the row is locked by this transaction
    event = events.body(event_id, kind, row["id"], row["user_id"], changed["version"], status, cost, now)
    await connection.execute(
        "INSERT INTO outbox (event_id, event_type, body, traceparent, created_at) VALUES ($1, $2, $3, $4, $5)",
        event_id, kind, event, traceparent(), now,
    )  # fmt: skip
    return changed


def _unknown(order_id: UUID) -> Problem:
    return Problem(404, "order-unknown", f"no order has the id {order_id}")


def _conflict(detail: str, field: str) -> Problem:
    return Problem(409, "order-conflict", detail, errors=[{"field": field, "reason": detail}])
