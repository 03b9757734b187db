"""The redrive: what was in the DLQ when it began goes back to the queue, all of it, and nothing else does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from lab.tools import localstack
from services.common.sqs import BATCH, Incoming, Outgoing, Queue
from services.notification import redrive as redriving
from services.notification.redrive import redrive
from services.notification.settings import NotificationSettings
from tests.servers.model import Servers
from tests.services.conftest import new_queues, queue_settings


@dataclass
class Line:
    """A queue's name, its DLQ, and the settings of a redrive."""

    queue: str
    dlq: Queue
    settings: NotificationSettings

    async def fail(self, *bodies: str) -> None:
        """Put messages into the DLQ."""
        for n in range(0, len(bodies), BATCH):
            await self.dlq.send([Outgoing(str(i), body, {}) for i, body in enumerate(bodies[n : n + BATCH])])


@pytest.fixture
async def line(servers: Servers, aws_env: dict[str, str]) -> AsyncIterator[Line]:
    name, dlq_name = new_queues(servers)
    dlq = Queue(queue_settings(servers, dlq_name), dlq_name, 2)
    settings = {**queue_settings(servers, name).model_dump(), "order_dlq": dlq_name, "redis_host": "x"}
    yield Line(name, dlq, NotificationSettings.model_validate(settings))
    dlq.close()


async def test_what_is_in_the_dlq_comes_back_and_it_says_how_many(line: Line, servers: Servers) -> None:
    failed = [f"mended {n}" for n in range(13)]  # more than one batch
    await line.fail(*failed)
    assert await redrive(line.settings) == (13, 0)
    assert await redrive(line.settings) == (0, 0)
    assert sorted(localstack.messages(servers.aws, line.queue)) == sorted(failed)
    assert localstack.messages(servers.aws, line.dlq.name) == []


async def test_what_a_short_poll_may_not_find_is_found(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Queue.receive

    async def received(queue: Queue, *, wait: int, visibility: int) -> list[Incoming]:
        return await receive(queue, wait=wait, visibility=visibility) if wait else []

    await line.fail("mended")
    monkeypatch.setattr(Queue, "receive", received)
    assert await redrive(line.settings) == (1, 0)


async def test_what_fails_meanwhile_hides_nothing_that_was_there_and_can_be_seen_afterwards(
    line: Line, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = Queue.receive
    again = [f"again {n}" for n in range(13)]

    async def received(queue: Queue, *, wait: int, visibility: int) -> list[Incoming]:
        if again:
            await line.fail(*again)
            again.clear()
        return await receive(queue, wait=wait, visibility=visibility)

    await line.fail("old 1", "old 2")
    await line.dlq.receive(wait=1, visibility=1)  # so that the new ones are found first
    monkeypatch.setattr(Queue, "receive", received)
    assert await redrive(line.settings) == (2, 0)
    assert sorted(localstack.messages(servers.aws, line.queue)) == ["old 1", "old 2"]
    seen = [await receive(line.dlq, wait=1, visibility=30) for _ in range(2)]
    assert len({message.body for batch in seen for message in batch}) == 13


async def test_failures_without_end_do_not_keep_it_from_ending(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Queue.receive

    async def received(queue: Queue, *, wait: int, visibility: int) -> list[Incoming]:
        await line.fail("again")
        return await receive(queue, wait=wait, visibility=visibility)

    await line.fail("old")
    monkeypatch.setattr(Queue, "receive", received)
    monkeypatch.setattr(redriving, "_HIDDEN", 1)
    async with asyncio.timeout(60):
        assert await redrive(line.settings) == (1, 0)
