"""Numbered SQL files, each applied once, by one process at a time: a job or init step runs this, never the service."""

import hashlib
import re
from pathlib import Path

import asyncpg

from services.common.database import address
from services.common.settings import Settings

_LOCK = 7_267_390  # any number, the same for all who migrate one database
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_TABLE = """CREATE TABLE IF NOT EXISTS schema_migrations (
    version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now())"""


class MigrationError(Exception):
    """The files and the database do not fit together."""


async def migrate(settings: Settings, folder: Path) -> list[str]:
    """Apply what is missing, in order, each in a transaction of its own; return the names applied.

    Waits for others who migrate the same database. Raises MigrationError when an applied file was changed or is
    gone, or a name is not `NNNN_words.sql`.
    """
    files = sorted(folder.glob("*.sql"))  # noqa: ASYNC240 - a command of its own, nothing else runs in its loop
    if wrong := [file.name for file in files if not _NAME.match(file.name)]:
        raise MigrationError(f"not named NNNN_words.sql: {', '.join(wrong)}")
    connection = await asyncpg.connect(**address(settings), timeout=5)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)  # released with the connection, also by death
        await connection.execute(_TABLE)
        applied = {row["name"]: row["checksum"] for row in await connection.fetch("SELECT * FROM schema_migrations")}
        if gone := applied.keys() - {file.name for file in files}:
            raise MigrationError(f"applied, but not there any more: {', '.join(sorted(gone))}")
        return [file.name for file in files if await _apply(connection, file, applied.get(file.name))]
    finally:
        await connection.close()


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", file: Path, checksum: str | None) -> bool:
    text = file.read_text()  # noqa: ASYNC240 - as above
    now = hashlib.sha256(text.encode()).hexdigest()
    if checksum is not None:
        if checksum != now:
            raise MigrationError(f"{file.name} was changed after it was applied: add a new file instead")
        return False
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
            int(file.name[:4]), file.name, now,
        )  # fmt: skip
    return True
