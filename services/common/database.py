"""PostgreSQL: a pool that opens with the server down and comes back after its restart."""

from datetime import datetime
from typing import TypedDict

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from services.common.settings import Settings

type Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
type Pool = asyncpg.Pool[asyncpg.Record]


class Address(TypedDict):
    """Where a database is and who asks, as asyncpg wants it."""

    host: str
    port: int
    database: str
    user: str
    password: str


def address(settings: Settings) -> Address:
    """Return the database that `settings` name."""
    return Address(
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
        user=settings.database_user,
        password=settings.database_password.get_secret_value(),
    )


async def open_pool(settings: Settings) -> Pool:
    """Return a pool that connects on first use. A statement may take 10 s, a connection 3 s."""
    return await asyncpg.create_pool(
        **address(settings),
        min_size=0,
        max_size=settings.database_pool_size,
        max_inactive_connection_lifetime=60,
        timeout=3,
        command_timeout=10,
        server_settings={"application_name": settings.database_name, "jit": "off"},
        init=_json,
        reset=_keep,
    )


async def _json(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )


async def _keep(_: object) -> None:
    """Spare the round trip that resets a session: nothing here changes one (locks are a transaction's)."""


async def reachable(pool: Pool) -> str:
    """Return "" when the database answers; raises what keeps it from answering (a health check's reason)."""
    await pool.fetchval("SELECT 1", timeout=1)
    return ""


def iso(at: datetime) -> str:
    """Return an RFC 3339 time with a Z, as every answer has it."""
    return at.isoformat().replace("+00:00", "Z")
