"""What alerts are made of: a gauge that can't be sampled is unknown, and when a worker last did its work is told."""

import asyncio
import math
import time

import asyncpg
import pytest
from prometheus_client import REGISTRY

from services.common.background import Worker
from services.common.database import Pool
from services.common.sqs import AWAY, Outgoing, Queue
from services.notification.depths import Depths
from services.order.relay import Relay
from tests.servers.model import Servers
from tests.services.conftest import new_client, queue_settings
from tests.services.test_relay import place


def gauge(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None, name
    return found


async def test_the_outbox_is_unknown_while_postgresql_does_not_tell(orders_pool: Pool, queue: Queue) -> None:
    await place(orders_pool, 3)
    relay = Relay(orders_pool, queue)
    await relay.measure()
    assert (gauge("outbox_pending"), 0 <= gauge("outbox_oldest_age_seconds") < 60) == (3, True)
    await orders_pool.execute("ALTER TABLE outbox RENAME TO elsewhere")
    with pytest.raises(asyncpg.UndefinedTableError):
        await relay.measure()
    assert math.isnan(gauge("outbox_pending"))
    assert math.isnan(gauge("outbox_oldest_age_seconds"))


async def test_a_queue_that_does_not_answer_is_unknown_and_another_one_is_not(
    queue: Queue, servers: Servers, aws_env: dict[str, str]
) -> None:
    sqs, other = new_client(servers), f"{queue.name}-dlq"
    dlq = Queue(queue_settings(servers, other), other, 1)
    depths = Depths(dlq, queue)
    await depths.look()
    assert gauge("queue_messages", queue=other, state="waiting") == 0
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=other)["QueueUrl"])
    await queue.send([Outgoing("1", "text", {})])
    with pytest.raises(AWAY):
        await depths.look()
    assert math.isnan(gauge("queue_messages", queue=other, state="waiting"))
    assert gauge("queue_messages", queue=queue.name, state="waiting") == 1
    dlq.close()


async def test_when_a_worker_last_did_its_work_is_told() -> None:
    told: list[float] = []
    enough = asyncio.Event()

    async def step() -> bool:
        told.append(gauge("worker_last_success_timestamp_seconds", worker="a-worker"))
        if len(told) == 4:
            enough.set()
            await asyncio.Event().wait()
        if len(told) != 2:
            raise ValueError("no")
        return True

    worker, began = Worker("a-worker", step, rest=0), time.time()
    worker.start()
    await asyncio.wait_for(enough.wait(), timeout=20)
    await worker.stop(0)
    assert told == [0, 0, told[2], told[2]]
    assert told[2] >= began
