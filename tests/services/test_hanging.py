"""Dependencies that hang, which is worse than being gone: every wait has its end, in a request as in a drain."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from services.common.database import open_pool
from tests.servers.model import Servers
from tests.services.conftest import Stack, database_settings, new_database
from tests.services.test_process import on_free_port


@asynccontextmanager
async def locked(env: dict[str, str], table: str) -> AsyncIterator[None]:
    """Hold `table` so that no statement gets at it."""
    connection = await asyncpg.connect(
        host="127.0.0.1", port=int(env["DATABASE_PORT"]), user=env["DATABASE_USER"], password=env["DATABASE_PASSWORD"],
        database=env["DATABASE_NAME"],
    )  # fmt: skip
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def hanging_server() -> AsyncIterator[str]:
    """Take connections and never answer; yield the URL."""
    opened: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: opened.append(writer), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        for writer in opened:
            writer.close()
        server.close()


async def test_a_blocked_database_costs_503_with_retry_after_in_bounded_time_for_all_who_wait(stack: Stack) -> None:
    limits = {"DATABASE_POOL_SIZE": "2", "DATABASE_ACQUIRE_SECONDS": "0.5", "DATABASE_STATEMENT_SECONDS": "1.5"}
    service = on_free_port(stack, "user", **limits)
    async with service, httpx.AsyncClient(base_url=service.url, timeout=30, trust_env=False) as client:
        async with locked(service.env, "users"):
            answers = await asyncio.gather(*(client.get("/users") for _ in range(12)))
        for answer in answers:
            assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2")
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.elapsed.total_seconds() < 5
        assert (await client.get("/users")).status_code == 200


@pytest.mark.parametrize("name", ["order", "user", "notification"])
async def test_a_pool_that_requests_use_up_leaves_the_service_ready(stack: Stack, name: str) -> None:
    limits = {"DATABASE_POOL_SIZE": "1", "DATABASE_ACQUIRE_SECONDS": "30", "DATABASE_STATEMENT_SECONDS": "30"}
    workers = {"RELAY_ENABLED": "false", "CONSUMER_ENABLED": "false"}
    service = on_free_port(stack, name, **limits, **workers)
    async with service, httpx.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as client:
        async with locked(service.env, f"{name}s"):
            waiting = [asyncio.create_task(client.get(f"/{name}s")) for _ in range(3)]
            await asyncio.sleep(1)  # one has the pool's connection by now, two wait for it
            ready = await client.get("/health/ready")
            assert [task.done() for task in waiting] == [False] * 3
        assert (ready.status_code, ready.json()["checks"]["postgres"]["reason"]) == (200, "")
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}


async def test_the_server_itself_ends_a_statement_that_takes_too_long(servers: Servers) -> None:
    settings = database_settings(await new_database(servers, "user", migrated=False))
    async with await open_pool(settings.model_copy(update={"database_statement_seconds": 0.5})) as pool:
        with pytest.raises(asyncpg.QueryCanceledError, match="statement timeout"):
            await pool.fetch("SELECT pg_sleep(20)")
        assert await pool.fetchval("SELECT 1") == 1


async def test_a_change_that_is_blocked_in_its_transaction_ends_and_leaves_its_connection_usable(stack: Stack) -> None:
    limits = {"DATABASE_POOL_SIZE": "1", "DATABASE_STATEMENT_SECONDS": "0.5", "RELAY_ENABLED": "false"}
    service = on_free_port(stack, "order", **limits)
    url = "/orders/00000000-0000-4000-8000-000000000000"
    async with service, httpx.AsyncClient(base_url=service.url, timeout=30, trust_env=False) as client:
        async with locked(service.env, "orders"):
            answer = await client.patch(url, json={"status": "paid"})
        assert (answer.status_code, answer.elapsed.total_seconds() < 5) == (503, True)
        assert (await client.patch(url, json={"status": "paid"})).status_code == 404


@pytest.mark.parametrize("name", ["order", "notification"])
async def test_sigterm_while_sqs_hangs_ends_when_the_drain_is_over(stack: Stack, name: str) -> None:
    async with hanging_server() as url:
        service = on_free_port(stack, name, AWS_ENDPOINT_URL=url, DRAIN_SECONDS="4")
        async with service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
            await client.put("/faults", json={"latency_ms": 60_000})
            slow = asyncio.create_task(client.get("/metrics-of-nobody", timeout=60))
            await asyncio.sleep(1.5)  # a request and calls of the queue hang by now
            service.process.send_signal(signal.SIGTERM)
            assert (
                await asyncio.wait_for(service.process.wait(), 30) == 0
            )  # the request and the queue hang for a minute
            await asyncio.gather(slow, return_exceptions=True)
    assert "worker did not end in time" in service.output, "nothing hung"


async def test_a_collector_that_hangs_does_not_hold_a_service_that_ends(stack: Stack) -> None:
    async with hanging_server() as url:
        service = on_free_port(stack, "user", OTEL_EXPORTER_OTLP_ENDPOINT=url, DRAIN_SECONDS="1")
        async with service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
            await client.get("/users")  # which makes a span
            service.process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(service.process.wait(), 30) == 0
    assert '"event":"stopped"' in service.output
    assert "export" not in service.output, "waited until the exporter gave up"
