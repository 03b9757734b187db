"""gitops/platform/databases: a master user who is no superuser makes what each service needs, again and again."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from lab.core import proc
from lab.core.errors import CommandError
from lab.core.paths import CHECKOUT
from tests.servers.model import Servers

SCRIPT = CHECKOUT / "gitops" / "platform" / "databases" / "databases.sh"
SERVICES = ("order", "user", "notification")

if shutil.which("psql") is None:
    pytest.skip("psql is not on PATH: the Job that makes databases is not run", allow_module_level=True)


async def connect(servers: Servers, database: str, user: str, password: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(
        host="127.0.0.1", port=servers.postgres, database=database, user=user, password=password
    )


@pytest.fixture
async def secrets(servers: Servers, tmp_path: Path) -> AsyncIterator[Path]:
    """What the Job mounts; names are made anew, for other tests use the same server."""
    mark = uuid4().hex[:8]
    admin = await connect(servers, "postgres", "postgres", servers.postgres_password)
    await admin.execute(f"CREATE ROLE master_{mark} LOGIN CREATEDB CREATEROLE PASSWORD 'it''s'")
    made = {
        "host": "127.0.0.1",
        "port": str(servers.postgres),
        "master_user": f"master_{mark}",
        "master_password": "it's",
    }
    for service in SERVICES:
        made |= {f"{service}_name": f"{service}s_{mark}", f"{service}_user": f"{service}s_{mark}"}
        made |= {f"{service}_password": f"first '{service}'"}
    for name, value in made.items():
        (tmp_path / name).write_text(value)
    yield tmp_path
    await admin.close()


def run(secrets: Path, mode: str = "disable") -> str:
    env = {"SECRETS_DIR": str(secrets), "PGSSLMODE": mode}
    return proc.run(["bash", SCRIPT], env=env, timeout=60).stdout


async def test_each_service_gets_a_database_that_nobody_else_may_enter(servers: Servers, secrets: Path) -> None:
    said = run(secrets)
    names = {service: (secrets / f"{service}_user").read_text() for service in SERVICES}
    assert said.count(": database ") == len(SERVICES)
    for service, name in names.items():
        one = await connect(servers, name, name, f"first '{service}'")
        await one.execute("CREATE TABLE mine (id int)")
        await one.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connect(servers, names["order"], names["user"], "first 'user'")


async def test_a_second_run_changes_nothing_not_even_a_rotated_password(servers: Servers, secrets: Path) -> None:
    run(secrets)
    name = (secrets / "order_user").read_text()
    one = await connect(servers, name, name, "first 'order'")
    await one.execute(f"ALTER ROLE {name} PASSWORD 'rotated'")
    await one.close()
    run(secrets)
    await (await connect(servers, name, name, "rotated")).close()


async def test_without_tls_it_does_not_speak_to_a_server(secrets: Path) -> None:
    (secrets / "order_password").write_text("never to be said")
    with pytest.raises(CommandError, match="SSL") as refused:
        run(secrets, mode="require")
    assert "never to be said" not in str(refused.value)
