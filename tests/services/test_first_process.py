"""SIGTERM to a verb that waits: its end, also for a container's first process, which has no handlers but its own."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from lab.core.paths import CHECKOUT
from services.common.migrations import _LOCK
from tests.servers.model import Servers
from tests.services.conftest import new_database

FIRST = [] if os.geteuid() or shutil.which("unshare") is None else ["unshare", "--pid", "--fork"]


def child(pid: int) -> int:
    """Return the process that `unshare` became the parent of."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


@pytest.mark.parametrize("first", [False, True], ids=["any", "first"])
async def test_a_migration_that_waits_ends_by_sigterm(servers: Servers, first: bool) -> None:
    if first and not FIRST:
        pytest.skip("a PID namespace wants root and unshare")
    env = await new_database(servers, "user", migrated=False)
    holder = await asyncpg.connect(
        host="127.0.0.1", port=servers.postgres, user=env["DATABASE_USER"], password="pw", database=env["DATABASE_NAME"]
    )
    await holder.execute("SELECT pg_advisory_lock($1)", _LOCK)
    process = await asyncio.create_subprocess_exec(
        *(FIRST if first else []), sys.executable, "-m", "services.user", "migrate", cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], **env}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
            while not await holder.fetchval(waits):  # noqa: ASYNC110 - asks PostgreSQL
                await asyncio.sleep(0.1)
        os.kill(child(process.pid) if first else process.pid, signal.SIGTERM)
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        await holder.close()  # which lets a migration that heard nothing go on
        await process.wait()
    assert (process.returncode, output.decode()) == (128 + signal.SIGTERM, "")
