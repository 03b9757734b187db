"""A PostgreSQL that answers and refuses: who asks is told when to come again."""

from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.servers.model import Servers
from tests.services.conftest import Stack
from tests.services.test_process import on_free_port


@pytest.mark.parametrize("setting", ["DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD"])
async def test_a_login_that_is_refused_is_503(stack: Stack, setting: str) -> None:
    service = on_free_port(stack, "user", **{setting: f"no_{uuid4().hex}"})
    async with service, httpx.AsyncClient(base_url=service.url, timeout=20, trust_env=False) as client:
        answer = await client.get("/users")
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2")
    assert "Traceback" not in service.output


async def test_a_server_that_is_read_only_serves_reads_and_answers_writes_with_503(
    stack: Stack, servers: Servers
) -> None:
    admin = await asyncpg.connect(
        host="127.0.0.1", port=servers.postgres, user="postgres", password=servers.postgres_password
    )
    role = stack.env["user"]["DATABASE_USER"]
    await admin.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    try:
        service = on_free_port(stack, "user")
        async with service, httpx.AsyncClient(base_url=service.url, timeout=20, trust_env=False) as client:
            assert (await client.get("/users")).status_code == 200
            answer = await client.post("/users", json={"name": "Ada", "email": f"{uuid4().hex}@example.org"})
    finally:
        await admin.execute(f"ALTER ROLE {role} RESET default_transaction_read_only")
        await admin.close()
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2")
