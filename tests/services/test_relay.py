"""The relay: every event of the outbox reaches the queue, once where nothing fails, at least once where it does."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest

from lab.tools import localstack
from services.common.background import Worker
from services.common.database import Pool
from services.common.sqs import AWAY, BATCH, Outgoing, Queue
from services.order import placing
from services.order.models import Item, NewOrder
from services.order.reconcile import Cleaner, Reconciler
from services.order.relay import CLAIM, NothingTakenError, Relay
from tests.servers.model import Servers
from tests.services.conftest import Stack, new_client, queue_settings


async def place(pool: Pool, count: int) -> set[str]:
    """Write orders as the API does; return their ids."""
    order = NewOrder(user_id=uuid4(), items=[Item(sku="a", quantity=1, unit_price="1.00")])
    return {json.loads((await placing.place(pool, order, None, ""))[0])["id"] for _ in range(count)}


async def publish_all(relay: Relay) -> None:
    while await relay.publish():
        pass


def queued(servers: Servers, queue: Queue) -> Counter[str]:
    return Counter(json.loads(body)["order_id"] for body in localstack.messages(servers.aws, queue.name))


async def waiting(pool: Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
    return count


async def test_an_order_and_its_event_are_written_together(orders_pool: Pool) -> None:
    placed = await place(orders_pool, 1)
    row = await orders_pool.fetchrow("SELECT o.id, o.total, x.body FROM orders o JOIN outbox x USING (event_id)")
    assert row is not None
    assert {str(row["id"])} == placed == {json.loads(row["body"])["order_id"]}
    assert row["total"] == Decimal("1.00")


async def test_two_relays_at_once_publish_each_event_once(orders_pool: Pool, queue: Queue, servers: Servers) -> None:
    placed = await place(orders_pool, 450)  # more than two claims
    relays = [Relay(orders_pool, queue), Relay(orders_pool, queue)]
    await asyncio.gather(*(publish_all(relay) for relay in relays))
    assert queued(servers, queue) == Counter(dict.fromkeys(placed, 1))
    assert await waiting(orders_pool) == 0


async def test_events_wait_while_the_queue_is_away_and_go_when_it_is_back(
    orders_pool: Pool, servers: Servers, aws_env: dict[str, str]
) -> None:
    name = f"late-{uuid4().hex[:8]}"
    queue = Queue(queue_settings(servers, name), name, 8)
    relay = Relay(orders_pool, queue)
    placed = await place(orders_pool, 12)
    with pytest.raises(AWAY):
        await relay.publish()
    assert await waiting(orders_pool) == 12
    new_client(servers).create_queue(QueueName=name)
    await publish_all(relay)
    assert set(queued(servers, queue)) == placed
    queue.close()


async def test_one_event_that_sqs_refuses_does_not_hold_the_others(
    orders_pool: Pool, queue: Queue, servers: Servers
) -> None:
    placed = await place(orders_pool, 9)
    await orders_pool.execute(
        "INSERT INTO outbox (event_id, event_type, body, created_at) VALUES ($1, 'order.created', $2, now())",
        uuid4(), "\x01 is no character that SQS takes",
    )  # fmt: skip
    relay = Relay(orders_pool, queue)
    for _ in range(2):
        try:
            await relay.publish()
        except (*AWAY, NothingTakenError):
            continue
    assert set(queued(servers, queue)) == placed
    assert await waiting(orders_pool) == 1


class RefusingQueue(Queue):
    """Answers every call, takes no entry until told to."""

    def __init__(self) -> None:
        self.name, self.calls, self.takes = "refusing", 0, False

    async def send(self, messages: Sequence[Outgoing]) -> set[str]:
        self.calls += 1
        return {message.id for message in messages} if self.takes else set()


async def test_a_relay_whose_whole_claim_is_refused_backs_off_says_why_and_recovers(orders_pool: Pool) -> None:
    queue = RefusingQueue()
    await place(orders_pool, CLAIM)
    relay = Worker("relay", Relay(orders_pool, queue).publish, rest=0.5)
    relay.start()
    try:
        await asyncio.sleep(1.5)
        assert queue.calls <= 5 * CLAIM // BATCH, "at most five rounds: after 0.1, 0.2, 0.4 and 0.8 s at the least"
        assert await relay.health() == f"NothingTakenError: SQS refused all of {CLAIM} events"
        assert await waiting(orders_pool) == CLAIM
        queue.takes = True
        async with asyncio.timeout(10):
            while await waiting(orders_pool):  # noqa: ASYNC110 - asks PostgreSQL
                await asyncio.sleep(0.05)
    finally:
        await relay.stop(5)


async def test_the_trace_of_the_request_goes_with_the_message(orders_pool: Pool, queue: Queue) -> None:
    trace = uuid4().hex
    await place(orders_pool, 1)
    await orders_pool.execute("UPDATE outbox SET traceparent = $1", f"00-{trace}-00f067aa0ba902b7-01")
    await Relay(orders_pool, queue).publish()
    message = (await queue.receive(wait=2, visibility=5))[0]
    assert message.attributes["traceparent"].split("-")[1] == trace
    assert message.attributes["event_type"] == "order.created"


async def test_a_queue_that_lost_its_messages_is_filled_again_with_what_was_not_notified(
    orders_pool: Pool, queue: Queue, servers: Servers, stack: Stack
) -> None:
    relay, reconciler = (
        Relay(orders_pool, queue),
        Reconciler(orders_pool, queue, stack.env["order"]["NOTIFICATION_SERVICE_URL"]),
    )
    await reconciler.look()
    placed = await place(orders_pool, 25)
    await publish_all(relay)
    known = await orders_pool.fetchval("SELECT identity FROM relay_queue")
    await reconciler.look()
    assert await waiting(orders_pool) == 0  # the same queue: nothing to do
    assert known == await orders_pool.fetchval("SELECT identity FROM relay_queue")
    await orders_pool.execute("UPDATE relay_queue SET identity = 'a queue that is no more'")
    await reconciler.look()
    assert await waiting(orders_pool) == 25
    await publish_all(relay)
    assert queued(servers, queue) == Counter(dict.fromkeys(placed, 2))
    await reconciler.close()


async def test_a_reconciler_that_cannot_ask_changes_nothing_and_tries_again(orders_pool: Pool, queue: Queue) -> None:
    await place(orders_pool, 1)
    await Relay(orders_pool, queue).publish()
    await orders_pool.execute("INSERT INTO relay_queue VALUES ($1, 'a queue that is no more')", queue.name)
    reconciler = Reconciler(orders_pool, queue, "http://127.0.0.1:1")
    with pytest.raises(httpx.ConnectError):
        await reconciler.look()
    assert await orders_pool.fetchval("SELECT identity FROM relay_queue") == "a queue that is no more"
    await reconciler.close()


async def test_only_what_is_published_and_old_is_cleaned(orders_pool: Pool, queue: Queue) -> None:
    await place(orders_pool, 3)
    await Relay(orders_pool, queue).publish()
    await place(orders_pool, 1)
    await orders_pool.execute("UPDATE outbox SET published_at = now() - interval '2 hours' WHERE id <= 2")
    await orders_pool.execute("UPDATE outbox SET created_at = now() - interval '2 hours'")
    await Cleaner(orders_pool, outbox_hours=1, idempotency_hours=1).clean()
    assert await orders_pool.fetchval("SELECT count(*) FROM outbox") == 2
    assert UUID(str(await orders_pool.fetchval("SELECT event_id FROM outbox WHERE published_at IS NULL")))


class LostQueue(Queue):
    """A queue that is made anew while the second call of a batch still hangs on the old one."""

    def __init__(self, queue: Queue) -> None:
        self.name, self.identity, self.calls = queue.name, "old", 0
        self.hanging, self.let_go = asyncio.Event(), asyncio.Event()

    async def attributes(self, *_names: str) -> dict[str, str]:
        return {"QueueArn": "arn", "CreatedTimestamp": self.identity}

    async def send(self, messages: Sequence[Outgoing]) -> set[str]:
        self.calls += 1
        if self.calls == 2:
            self.hanging.set()
            await self.let_go.wait()
            raise TimeoutError
        return {message.id for message in messages}


async def test_what_a_lost_queue_took_just_before_its_end_is_published_again(
    orders_pool: Pool, queue: Queue, stack: Stack
) -> None:
    lost = LostQueue(queue)
    relay = Relay(orders_pool, lost)
    reconciler = Reconciler(orders_pool, lost, stack.env["order"]["NOTIFICATION_SERVICE_URL"])
    await reconciler.look()
    await place(orders_pool, 20)
    publishing = asyncio.create_task(relay.publish())
    await lost.hanging.wait()
    lost.identity = "new"
    looking = asyncio.create_task(reconciler.look())
    await asyncio.wait({looking}, timeout=0.5)
    lost.let_go.set()
    with pytest.raises(TimeoutError):
        await publishing
    await looking
    assert await waiting(orders_pool) == 20
    await reconciler.close()
