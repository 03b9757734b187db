"""The consumer while PostgreSQL answers but takes no writes: batches are kept, hidden, and no message is used up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from redis.asyncio import Redis

from services.common.database import Pool, open_pool
from services.common.sqs import Incoming, Queue
from services.notification import batch
from services.notification.consumer import Consumer
from services.notification.leases import Leases
from tests.servers.model import Servers
from tests.services.conftest import database_settings, new_database, new_queues, queue_settings
from tests.services.test_consumer import Line, event, left


@pytest.fixture
async def impatient(servers: Servers) -> AsyncIterator[Pool]:
    """A pool whose statements end soon."""
    settings = database_settings(await new_database(servers, "notification"))
    async with await open_pool(settings.model_copy(update={"database_statement_seconds": 0.3})) as pool:
        yield pool


@pytest.fixture
async def line(servers: Servers, aws_env: dict[str, str], impatient: Pool, redis: Redis) -> AsyncIterator[Line]:
    queue, dlq = (Queue(queue_settings(servers, name), name, 4) for name in new_queues(servers, visibility=2))
    consumer = Consumer(impatient, queue, Leases(redis, 1), visibility=2)
    yield Line(queue, dlq, impatient, consumer)
    consumer.close()
    queue.close()
    dlq.close()


@asynccontextmanager
async def no_writes(pool: Pool) -> AsyncIterator[None]:
    """Hold a lock that lets readers in and no writer."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE notifications IN SHARE MODE")
        yield


async def fail(line: Line, times: int) -> None:
    for _ in range(times):
        with pytest.raises(asyncpg.QueryCanceledError):
            await line.consumer.step()


async def test_what_postgresql_does_not_take_is_kept_until_it_does_and_nothing_else_is_received(
    line: Line, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[Incoming] = []
    real = line.queue.receive

    async def receive(*, wait: int, visibility: int) -> list[Incoming]:
        found = await real(wait=wait, visibility=visibility)
        received.extend(found)
        return found

    first, second = event(), event()
    await line.send(first)
    monkeypatch.setattr(line.queue, "receive", receive)
    async with no_writes(line.pool):
        await fail(line, 1)
        await line.send(second)
        for _ in range(4):
            await asyncio.sleep(0.7)  # more than the visibility, together
            await fail(line, 1)
        assert [message.receives for message in received] == [1]
    await line.until(lambda: left(servers, line.queue) == 0)
    assert sorted(await line.rows()) == sorted((str(each["event_id"]), 1) for each in (first, second))
    assert left(servers, line.dlq) == 0


@pytest.mark.parametrize("poison", ["not json", json.dumps(event(total="\u0000"))], ids=["no event", "no row"])
async def test_poison_in_a_batch_that_was_kept_reaches_the_dlq_alone(line: Line, servers: Servers, poison: str) -> None:
    good = event()
    await line.send(poison, good)
    async with no_writes(line.pool):
        await fail(line, 4)
        assert left(servers, line.dlq) == 0
    await line.until(lambda: left(servers, line.dlq) == 1)
    assert left(servers, line.queue) == 0
    assert await line.rows() == [(good["event_id"], 1)]
    assert (await line.dlq.receive(wait=1, visibility=0))[0].body == poison


async def test_a_consumer_that_ends_lets_go_of_what_it_kept(line: Line) -> None:
    await line.send(event())
    async with no_writes(line.pool):
        await fail(line, 1)
    line.consumer.close()
    assert [message.receives for message in await line.queue.receive(wait=10, visibility=0)] == [2]


async def test_a_batch_is_let_go_before_sqs_takes_it_back(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_LONGEST", 2)  # seconds: one visibility
    await line.send(event())
    async with no_writes(line.pool):
        await fail(line, 1)
        assert [message.receives for message in await line.queue.receive(wait=10, visibility=0)] == [2]
