"""The REST API of users."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Request, Response

from services.common.database import Pool, iso
from services.common.pagination import CursorText, Limit, decode, encode
from services.common.problems import Problem
from services.user.models import NewUser, UserChange

router = APIRouter(prefix="/users", tags=["users"])


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def _shape(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "email": row["email"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }


def _taken() -> Problem:
    reason = {"field": "email", "reason": "another user has it"}
    return Problem(409, "email-taken", "another user has this e-mail address", errors=[reason])


def _unknown(user_id: UUID) -> Problem:
    return Problem(404, "user-unknown", f"no user has the id {user_id}")


@router.post("", status_code=201)
async def create(request: Request, user: NewUser, response: Response) -> dict[str, Any]:
    """Create a user; 409 when the e-mail address is taken."""
    try:
        row = await _pool(request).fetchrow(
            "INSERT INTO users (id, name, email, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) RETURNING *",
            uuid4(), user.name, user.email, datetime.now(UTC),
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise _taken() from error
    assert row is not None  # noqa: S101 - RETURNING of an INSERT that did not raise
    response.headers["Location"] = f"/users/{row['id']}"
    return _shape(row)


@router.get("")
async def page(request: Request, limit: Limit = 50, cursor: CursorText = None) -> dict[str, Any]:
    """List users, oldest first."""
    at, row_id = decode(cursor)
    rows = await _pool(request).fetch(
        "SELECT * FROM users WHERE $1::timestamptz IS NULL OR (created_at, id) > ($1, $2::uuid) "
        "ORDER BY created_at, id LIMIT $3",
        at, row_id, limit + 1,
    )  # fmt: skip
    more = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [_shape(row) for row in rows[:limit]],
        "next_cursor": encode(more["created_at"], more["id"]) if more else None,
    }


@router.get("/{user_id}")
async def read(request: Request, user_id: UUID) -> dict[str, Any]:
    """Return one user."""
    row = await _pool(request).fetchrow("SELECT * FROM users WHERE id = $1", user_id)
    if row is None:
        raise _unknown(user_id)
    return _shape(row)


@router.patch("/{user_id}")
async def change(request: Request, user_id: UUID, user: UserChange) -> dict[str, Any]:
    """Change name or e-mail address."""
    try:
        row = await _pool(request).fetchrow(
            "UPDATE users SET name = coalesce($2, name), email = coalesce($3, email), updated_at = $4 "
            "WHERE id = $1 RETURNING *",
            user_id, user.name, user.email, datetime.now(UTC),
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise _taken() from error
    if row is None:
        raise _unknown(user_id)
    return _shape(row)


@router.delete("/{user_id}", status_code=204)
async def delete(request: Request, user_id: UUID) -> None:
    """Delete a user; 404 when there is none."""
    if await _pool(request).fetchval("DELETE FROM users WHERE id = $1 RETURNING id", user_id) is None:
        raise _unknown(user_id)
