"""A service as a process: settings, port, migrations, drain, faults, and life without its dependencies."""

import asyncio
import signal
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from lab.tools.ports import free_ports
from services.common.migrations import MigrationError, migrate
from tests.servers.model import Servers
from tests.services.conftest import Stack, database_settings, new_database
from tests.services.running import Running


def on_free_port(stack: Stack, name: str, **changes: str) -> Running:
    return Running(name, {**stack.env[name], "PORT": str(free_ports(1)[0]), **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"DATABASE_POOL_SIZE": "0"}, "DATABASE_POOL_SIZE"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"USER_SERVICE_URL": "not a url"}, "USER_SERVICE_URL"),
        ({"SECRETS_DIR": "/nowhere"}, "SECRETS_DIR"),
        ({"AWS_REGION": "us east"}, "settings: AWS_REGION"),
        ({"ORDER_QUEUE": ""}, "settings: ORDER_QUEUE"),
        ({"FAULTS": "error_ratio=1"}, "FAULTS: Invalid JSON"),
        ({"FAULTS": '{"error_ratio": 2}'}, "FAULTS.error_ratio: Input should be less than or equal to 1"),
        ({"FAULTS": '{"eror_ratio": 1}'}, "FAULTS.eror_ratio: Extra inputs are not permitted"),
        ({"FAULTS": '{"error_ratio": 1}', "FAULTS_ENABLED": "false"}, "FAULTS wants FAULTS_ENABLED=true"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_its_name(stack: Stack, changes: dict[str, str], words: str) -> None:
    service = await on_free_port(stack, "order", **changes).start()
    assert await service.ended() == 2
    assert words in service.output
    assert "Traceback" not in service.output


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("user", "DATABASE_HOST"),
        ("order", "USER_SERVICE_URL"),
        ("order", "DATABASE_PASSWORD"),
        ("notification", "REDIS_HOST"),
    ],
)
async def test_a_missing_setting_stops_the_start_with_its_name(stack: Stack, name: str, missing: str) -> None:
    service = on_free_port(stack, name)
    del service.env[missing]
    await service.start()
    assert await service.ended() == 2
    assert f"settings: {missing}: Field required" in service.output
    assert "Traceback" not in service.output


async def test_a_lease_longer_than_the_visibility_is_refused(stack: Stack) -> None:
    service = await on_free_port(stack, "notification", LEASE_SECONDS="30", VISIBILITY_SECONDS="30").start()
    assert await service.ended() == 2
    assert "LEASE_SECONDS" in service.output


@pytest.mark.parametrize(
    "wrong", [{"DATABASE_PORT": "x"}, {"LEASE_SECONDS": "30", "VISIBILITY_SECONDS": "30"}], ids=["one", "two together"]
)
async def test_a_secret_is_not_printed_with_what_is_wrong(stack: Stack, wrong: dict[str, str]) -> None:
    service = await on_free_port(stack, "notification", DATABASE_PASSWORD="very-secret", **wrong).start()
    assert await service.ended() == 2
    assert "very-secret" not in service.output


async def test_a_taken_port_is_named(stack: Stack) -> None:
    service = await Running("user", stack.env["user"]).start()
    assert await service.ended() == 1
    assert f"PORT: can't listen on 127.0.0.1:{stack.env['user']['PORT']}" in service.output
    assert "Traceback" not in service.output


async def test_a_connection_may_rest_for_longer_than_a_client_pools_it(stack: Stack) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.env["user"]["PORT"]))
    for _ in range(2):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: user\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        with pytest.raises(TimeoutError):  # else the service ended it
            await asyncio.wait_for(reader.read(), 6)
    writer.close()


async def test_secrets_come_from_files(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "database_password").write_text(stack.env["user"]["DATABASE_PASSWORD"])
    service = on_free_port(stack, "user", SECRETS_DIR=str(tmp_path))
    del service.env["DATABASE_PASSWORD"]
    async with service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        assert (await client.get("/health/ready")).status_code == 200


async def test_four_migrations_at_once_apply_each_file_once(servers: Servers) -> None:
    env = await new_database(servers, "order", migrated=False)
    runs = [await Running("order", env, verb="migrate").start() for _ in range(4)]
    assert [await run.ended() for run in runs] == [0, 0, 0, 0]
    assert sum("applied 0001_orders.sql" in run.output for run in runs) == 1
    assert sum("up to date" in run.output for run in runs) == 3


async def test_a_changed_missing_or_misnamed_migration_is_refused(servers: Servers, tmp_path: Path) -> None:
    settings = database_settings(await new_database(servers, "user", migrated=False))
    file = tmp_path / "0001_first.sql"
    file.write_text("CREATE TABLE a (id int)")
    assert await migrate(settings, tmp_path) == ["0001_first.sql"]
    assert await migrate(settings, tmp_path) == []
    file.write_text("CREATE TABLE b (id int)")
    with pytest.raises(MigrationError, match="changed after it was applied"):
        await migrate(settings, tmp_path)
    file.unlink()
    with pytest.raises(MigrationError, match="not there any more"):
        await migrate(settings, tmp_path)
    (tmp_path / "second.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match=r"second\.sql"):
        await migrate(settings, tmp_path)


async def test_a_failing_migration_leaves_nothing_of_itself(servers: Servers, tmp_path: Path) -> None:
    env = await new_database(servers, "user", migrated=False)
    (tmp_path / "0001_half.sql").write_text("CREATE TABLE half (id int); SELECT 1/0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database_settings(env), tmp_path)
    connection = await asyncpg.connect(
        host="127.0.0.1", port=servers.postgres, user=env["DATABASE_USER"], password="pw", database=env["DATABASE_NAME"]
    )
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    await connection.close()


async def test_sigterm_lets_a_request_end_and_exits_with_0(stack: Stack) -> None:
    service = on_free_port(stack, "user")
    async with service, httpx.AsyncClient(base_url=service.url, timeout=20, trust_env=False) as client:
        await client.put("/faults", json={"latency_ms": 1500})
        slow = asyncio.create_task(client.post("/users", json={"name": "Late", "email": f"{uuid4().hex}@example.org"}))
        await asyncio.sleep(0.4)
        service.process.send_signal(signal.SIGTERM)
        assert (await slow).status_code == 201
        assert await asyncio.wait_for(service.process.wait(), 10) == 0


async def test_a_draining_service_is_not_ready_but_serves_until_its_delay_is_over(stack: Stack) -> None:
    service = on_free_port(stack, "user", SHUTDOWN_DELAY_SECONDS="2")
    async with service, httpx.AsyncClient(base_url=service.url, timeout=5, trust_env=False) as client:
        assert "connection" not in (await client.get("/users")).headers
        service.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(2):
            while (await client.get("/health/ready")).status_code != 503:  # noqa: ASYNC110 - asks over HTTP
                await asyncio.sleep(0.05)
        last = await client.get("/users")
        assert (last.status_code, last.headers["connection"]) == (200, "close")  # the next one goes elsewhere
        assert await asyncio.wait_for(service.process.wait(), 10) == 0


async def test_without_its_database_a_service_lives_is_not_ready_and_says_why(stack: Stack) -> None:
    service = on_free_port(stack, "user", DATABASE_PORT=str(free_ports(1)[0]))
    async with service, httpx.AsyncClient(base_url=service.url, timeout=10, trust_env=False) as client:
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["postgres"]["ok"]) == (503, False)
        assert "refused" in ready.json()["checks"]["postgres"]["reason"].lower() or "connect" in ready.text.lower()
        users = await client.get("/users")
        assert (users.status_code, "retry-after" in users.headers) == (503, True)


async def test_faults_do_not_exist_unless_enabled(stack: Stack) -> None:
    service = on_free_port(stack, "user", FAULTS_ENABLED="false")
    async with service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        assert (await client.put("/faults", json={"error_ratio": 1})).status_code == 404
        assert (await client.get("/users")).status_code == 200


async def test_faults_break_requests_and_spare_probes(stack: Stack) -> None:
    service = on_free_port(stack, "user")
    async with service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        await client.put("/faults", json={"error_ratio": 1, "status": 500})
        assert (await client.get("/users")).status_code == 500
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        await client.delete("/faults")
        assert (await client.get("/users")).status_code == 200


async def test_faults_may_be_there_from_the_start_and_end_when_told(stack: Stack) -> None:
    service = on_free_port(stack, "user", FAULTS='{"error_ratio": 1, "status": 500}')
    async with service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        assert (await client.get("/users")).status_code == 500
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/faults")).json() == {"latency_ms": 0, "error_ratio": 1, "status": 500}
        await client.delete("/faults")
        assert (await client.get("/users")).status_code == 200


async def test_log_lines_are_json_with_the_callers_trace(stack: Stack) -> None:
    trace = uuid4().hex
    service = on_free_port(stack, "user")
    async with service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        await client.get("/users", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    line = next(line for line in service.output.splitlines() if trace in line)
    assert '"event":"request"' in line
    assert '"route":"/users"' in line


async def test_a_second_sigterm_ends_the_delay(stack: Stack) -> None:
    async with on_free_port(stack, "user", SHUTDOWN_DELAY_SECONDS="60") as service:
        service.process.send_signal(signal.SIGTERM)
        async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
            while (await client.get("/health/ready")).status_code != 503:
                pass
        service.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.process.wait(), timeout=5) == 0


async def test_a_database_without_tls_is_refused_where_tls_is_required(servers: Servers) -> None:
    env = {**await new_database(servers, "user", migrated=False), "DATABASE_TLS": "require"}
    run = await Running("user", env, verb="migrate").start()
    assert await run.ended() == 1
    assert "rejected SSL upgrade" in run.output


async def test_redis_hears_nothing_but_tls_where_that_is_asked_for(stack: Stack) -> None:
    first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.read(1)
        if not first.done():
            first.set_result(heard)
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = str(server.sockets[0].getsockname()[1])
        async with (
            on_free_port(stack, "notification", REDIS_PORT=port, REDIS_TLS="true") as service,
            httpx.AsyncClient(base_url=service.url, trust_env=False) as client,
        ):
            await client.get("/health/ready")
            assert await asyncio.wait_for(first, timeout=10) == b"\x16"  # a TLS handshake's first byte
