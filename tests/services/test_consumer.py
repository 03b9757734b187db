"""The consumer: one notification for each event, whatever is delivered how often, in what order, with Redis or not."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from lab.tools import localstack
from services.common.database import Pool
from services.common.sqs import Incoming, Outgoing, Queue
from services.notification import store
from services.notification.consumer import Consumer
from services.notification.events import Event
from services.notification.leases import Claim, Leases
from tests.servers.model import Servers
from tests.services.conftest import new_queues, queue_settings


def event(**changes: object) -> dict[str, object]:
    return {
        "event_id": str(uuid4()), "type": "order.created", "order_id": str(uuid4()), "user_id": str(uuid4()),
        "version": 1, "status": "pending", "total": "1.00", "occurred_at": "2026-01-01T00:00:00Z", **changes,
    }  # fmt: skip


@dataclass
class Line:
    """A queue with its DLQ and a consumer on it."""

    queue: Queue
    dlq: Queue
    pool: Pool
    consumer: Consumer

    async def send(self, *bodies: object) -> None:
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        taken = await self.queue.send([Outgoing(str(n), text, {}) for n, text in enumerate(texts)])
        assert len(taken) == len(bodies)

    async def rows(self) -> list[tuple[str, int]]:
        rows = await self.pool.fetch("SELECT event_id, deliveries FROM notifications ORDER BY order_id, version")
        return [(str(row["event_id"]), row["deliveries"]) for row in rows]

    async def until(self, done: Callable[[], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not done():
                await self.consumer.step()


@pytest.fixture
async def line(
    servers: Servers, aws_env: dict[str, str], notifications_pool: Pool, redis: Redis
) -> AsyncIterator[Line]:
    name, dlq_name = new_queues(servers, visibility=2)
    queue, dlq = Queue(queue_settings(servers, name), name, 8), Queue(queue_settings(servers, dlq_name), dlq_name, 2)
    made = Line(queue, dlq, notifications_pool, Consumer(notifications_pool, queue, Leases(redis, 1), visibility=2))
    yield made
    made.consumer.close()
    queue.close()
    dlq.close()


def left(servers: Servers, queue: Queue) -> int:
    return len(localstack.messages(servers.aws, queue.name))


async def test_an_event_is_notified_of_and_leaves_the_queue(line: Line, servers: Servers) -> None:
    told = event()
    await line.send(told)
    await line.consumer.step()
    assert await line.rows() == [(told["event_id"], 1)]
    assert left(servers, line.queue) == 0


async def test_a_duplicate_is_counted_never_sent_again(line: Line, servers: Servers) -> None:
    told = event()
    await line.send(told, told, told)
    await line.consumer.step()
    await line.send(told)
    await line.consumer.step()
    rows = await line.rows()
    assert [row[0] for row in rows] == [told["event_id"]]
    assert rows[0][1] == 4
    assert left(servers, line.queue) == 0


async def test_a_duplicate_is_recognised_after_redis_forgot_everything(line: Line, redis: Redis) -> None:
    told = event()
    await line.send(told)
    await line.consumer.step()
    await redis.delete(f"event:{told['event_id']}")
    await line.send(told)
    await line.consumer.step()
    assert await line.rows() == [(told["event_id"], 2)]


async def test_without_redis_every_event_is_notified_of_once(line: Line, servers: Servers) -> None:
    nowhere = Leases(Redis(port=1, socket_connect_timeout=0.2), 1)
    line.consumer = Consumer(line.pool, line.queue, nowhere, visibility=2)
    told = [event() for _ in range(5)]
    await line.send(*told, told[0])
    await line.consumer.step()
    await line.send(told[0])
    await line.consumer.step()
    assert sorted(await line.rows()) == sorted((str(e["event_id"]), 3 if e is told[0] else 1) for e in told)
    assert left(servers, line.queue) == 0


async def test_events_that_arrive_out_of_order_read_in_order(line: Line) -> None:
    order = str(uuid4())
    first = event(order_id=order)
    second = event(order_id=order, type="order.updated", version=2, status="paid")
    await line.send(second)
    await line.consumer.step()
    await line.send(first)
    await line.consumer.step()
    shown = await store.of_order(line.pool, UUID(order), None, 10)
    assert [str(row["event_id"]) for row in shown] == [first["event_id"], second["event_id"]]


@pytest.mark.parametrize("poison", ["not json", json.dumps(event(total="\u0000"))], ids=["no event", "no row"])
async def test_poison_reaches_the_dlq_after_three_receives_and_holds_nobody(
    line: Line, servers: Servers, poison: str
) -> None:
    good = event()
    await line.send(poison, good)
    await line.until(lambda: left(servers, line.dlq) == 1)
    assert left(servers, line.queue) == 0
    assert await line.rows() == [(good["event_id"], 1)]
    message = (await line.dlq.receive(wait=1, visibility=0))[0]
    assert message.body == poison
    assert message.receives == 4  # three from the queue, and this one


async def test_two_consumers_on_one_event_send_it_once_even_when_the_lease_ends_during_slow_work(
    line: Line, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = event()
    slow_began, may_end = asyncio.Event(), asyncio.Event()
    real_send = store.send

    async def slow_send(pool: Pool, events: list[Event]) -> object:
        if not slow_began.is_set():
            slow_began.set()
            await may_end.wait()
        return await real_send(pool, events)

    monkeypatch.setattr(store, "send", slow_send)
    await line.send(told)
    slow = asyncio.create_task(line.consumer.step())
    await asyncio.wait_for(slow_began.wait(), 10)
    await redis.delete(f"event:{told['event_id']}")  # the lease is over: as late a worker as can be
    await line.send(told)
    other = Consumer(line.pool, line.queue, Leases(redis, 1), visibility=2)
    await other.step()
    may_end.set()
    await slow
    assert await line.rows() == [(told["event_id"], 2)]


async def test_slow_work_keeps_its_message_hidden(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    real_send = store.send
    began = asyncio.Event()

    async def slow_send(pool: Pool, events: list[Event]) -> object:
        began.set()
        await asyncio.sleep(4.5)  # more than twice the visibility of 2 s
        return await real_send(pool, events)

    monkeypatch.setattr(store, "send", slow_send)
    await line.send(event())
    slow = asyncio.create_task(line.consumer.step())
    await began.wait()
    seen = [message for _ in range(2) for message in await line.queue.receive(wait=2, visibility=1)]
    await slow
    assert seen == []


@pytest.mark.parametrize("skew", [-7200, 7200], ids=["behind", "ahead"])
async def test_a_lease_holds_whatever_the_clocks_of_its_owner_and_of_others_say(
    line: Line, servers: Servers, redis: Redis, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    real, told = time.time, event()
    monkeypatch.setattr(time, "time", lambda: real() + skew)
    token, _ = await Leases(redis, 30).claim([UUID(str(told["event_id"]))])
    monkeypatch.setattr(time, "time", lambda: real() - skew)
    assert (await Leases(redis, 30).claim([UUID(str(told["event_id"]))]))[1] == [Claim.HELD]
    await line.send(told)
    await line.consumer.step()
    assert await line.rows() == [], "another worker has the event"
    await Leases(redis, 30).release([UUID(str(told["event_id"]))], token)
    await line.until(lambda: left(servers, line.queue) == 0)
    assert await line.rows() == [(told["event_id"], 1)]


async def test_nothing_is_received_while_postgresql_is_away(line: Line, servers: Servers) -> None:
    await line.send(event())
    await line.pool.close()
    with pytest.raises(Exception, match="closed"):
        await line.consumer.step()
    message = (await line.queue.receive(wait=2, visibility=0))[0]
    assert message.receives == 1  # by us, now


async def test_a_batch_that_failed_for_postgresql_is_the_last_received_before_it_is_back(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    received, real = [], line.queue.receive

    async def receive(*, wait: int, visibility: int) -> list[Incoming]:
        received.append(1)
        return await real(wait=wait, visibility=visibility)

    monkeypatch.setattr(line.queue, "receive", receive)
    await line.send(event())
    await line.consumer.step()
    await line.send(event())
    await line.pool.close()
    for _ in range(3):
        with pytest.raises(Exception, match="closed"):
            await line.consumer.step()
    assert len(received) == 2
