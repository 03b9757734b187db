"""Events of an order, as they go through the outbox to SQS."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import orjson

from services.common.database import iso


def body(
    event_id: UUID, kind: str, order_id: UUID, user_id: UUID, version: int, status: str, total: Decimal, at: datetime
) -> str:
    """Return an event's JSON. `version` orders the events of one order, whatever order they arrive in."""
    event = {
        "event_id": str(event_id),
        "type": kind,
        "order_id": str(order_id),
        "user_id": str(user_id),
        "version": version,
        "status": status,
        "total": f"{total:.2f}",
        "occurred_at": iso(at),
    }
    return orjson.dumps(event).decode()
