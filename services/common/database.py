"""PostgreSQL: a pool that opens with the server down, comes back after its restart, and waits for nothing without end.

A request meets a slow server as the server's own word (statement_timeout), a frozen one as a time limit of ours that is
a second longer; both become 503. Migrations have neither: they may take their time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import asyncpg
import orjson
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from services.common.settings import Settings

type Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
type Pool = asyncpg.Pool[asyncpg.Record]
_LATE = 1.0  # seconds that a server may take to tell that a statement was too long


class Address(TypedDict):
    """Where a database is and who asks, as asyncpg wants it."""

    host: str
    port: int
    database: str
    user: str
    password: str
    ssl: Literal["prefer", "require"]


def address(settings: Settings) -> Address:
    """Return the database that `settings` name."""
    return Address(
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
        user=settings.database_user,
        password=settings.database_password.get_secret_value(),
        ssl=settings.database_tls,
    )


if TYPE_CHECKING:
    _AsyncpgPool = asyncpg.Pool[asyncpg.Record]
else:
    _AsyncpgPool = asyncpg.Pool  # which takes no type arguments when it runs


class BoundedPool(_AsyncpgPool):
    """A pool whose waits end: for a connection, for its return by a frozen server, for all connections at the end."""

    def __init__(self, seconds: float, **options: Any) -> None:
        super().__init__(
            max_queries=50_000, loop=None, connection_class=asyncpg.Connection, record_class=asyncpg.Record, **options
        )
        self._seconds = seconds

    def acquire(self, *, timeout: float | None = None) -> "PoolAcquireContext[asyncpg.Record]":
        """Return a connection, or raise TimeoutError; the same limit holds for giving it back."""
        return super().acquire(timeout=self._seconds if timeout is None else timeout)

    async def close(self) -> None:
        """Close the connections; those that do not end in time are cut."""
        try:
            async with asyncio.timeout(self._seconds):
                await super().close()
        except TimeoutError:
            self.terminate()


async def open_pool(settings: Settings, size: int | None = None) -> Pool:
    """Return a pool that connects on first use, within `database_acquire_seconds`; by default of the settings' size."""
    return await BoundedPool(
        settings.database_acquire_seconds,
        **address(settings),
        min_size=0,
        max_size=size or settings.database_pool_size,
        max_inactive_connection_lifetime=60,
        timeout=3,
        command_timeout=settings.database_statement_seconds + _LATE,
        server_settings={
            "application_name": settings.database_name,
            "jit": "off",
            "statement_timeout": str(round(settings.database_statement_seconds * 1000)),
        },
        init=_json,
        reset=_keep,
    )


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Begin a transaction on a connection of `pool`; commit it at the end, roll it back for an error.

    A connection whose server did not answer in time is cut instead: a ROLLBACK would wait as long once more, and the
    server rolls back what lost its client.
    """
    async with pool.acquire() as connection:
        work = connection.transaction()
        await work.start()
        try:
            yield connection
        except (TimeoutError, asyncio.CancelledError):
            connection.terminate()
            raise
        except BaseException:
            await work.rollback()
            raise
        else:
            await work.commit()


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


@asynccontextmanager
async def probing(settings: Settings) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Yield `reachable` for a health check, by a connection of its own.

    Requests may hold all connections of their pool: a service that is busy is ready, and would make the others busier
    if it were not.
    """
    pool = await open_pool(settings, 1)
    try:
        yield partial(reachable, pool)
    finally:
        pool.terminate()


def iso(at: datetime) -> str:
    """Return an RFC 3339 time with a Z, as every answer has it."""
    return at.isoformat().replace("+00:00", "Z")
