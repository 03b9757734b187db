"""Keyset pagination: an opaque cursor that names the last row seen, so pages stay right while rows are added."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.common.problems import Problem

type Limit = Annotated[int, Query(ge=1, le=100, description="rows a page")]
type WideLimit = Annotated[int, Query(ge=1, le=1000, description="rows a page")]
type CursorText = Annotated[str | None, Query(max_length=200, description="next_cursor of the page before")]


def encode(created_at: datetime, row: UUID) -> str:
    """Return the cursor of the row made at `created_at` (aware) with id `row`."""
    return base64.urlsafe_b64encode(f"{created_at.isoformat()}|{row}".encode()).decode()


def decode(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    """Return where a page begins; (None, None) for the first. Raises a 422 Problem for what is no cursor of ours."""
    if cursor is None:
        return None, None
    try:
        created_at, row = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        return datetime.fromisoformat(created_at).astimezone(UTC), UUID(row)
    except (ValueError, OverflowError, binascii.Error) as error:  # a time zone can push year 1 or 9999 over the edge
        reason = {"field": "cursor", "reason": "not a next_cursor of this list"}
        raise Problem(422, "invalid-request", "not valid: cursor", errors=[reason]) from error
