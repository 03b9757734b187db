"""What must survive on a running lab, under load and without a hand: orders lost 0, duplicates seen 0."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import psutil
import pytest

from lab.checks import ledger
from lab.core.wait import wait
from lab.tools import localstack
from lab.tools.api import Api
from tests.e2e.host_lab import Lab
from tests.e2e.shop import Shop, everything_was_notified_once, gone_for

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def shop(lab: Lab) -> Iterator[Shop]:
    with Shop(lab) as shop:
        yield shop


def recovered(lab: Lab, *services: str, timeout: float = 60) -> None:
    for service in services:
        api = Api(lab.up_state().url(service))
        wait(service, api.ready, lambda seen: seen == (True, ""), explain=lambda seen: seen[1], timeout=timeout)


def delivered_again(lab: Lab, orders: list[str]) -> None:
    """Send the events of `orders` once more, as SQS may; each was notified of before."""
    state = lab.up_state()
    sqs = localstack.session().client("sqs", endpoint_url=state.aws)
    url = sqs.get_queue_url(QueueName="order-queue")["QueueUrl"]
    for order in orders:
        sent = wait("notification", partial(Api.of(state, "notification").notifications_of, order), bool)
        event = {**sent[0], "type": sent[0]["event_type"], "total": "9.99"}
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))


@pytest.mark.parametrize("service", ["order", "user", "notification"])
def test_kill_9_of_a_service_under_load(lab: Lab, shop: Shop, service: str) -> None:
    for _ in range(2):
        lab.kill(service)
        shop.sells(30)
    recovered(lab, service)
    everything_was_notified_once(lab.up_state(), shop)


def test_restart_of_postgresql_under_load(lab: Lab, shop: Shop) -> None:
    pid = lab.kill("postgres")
    wait("postgres", lambda: lab.pid("postgres"), lambda now: now not in {0, pid}, timeout=30)
    shop.sells(50)
    recovered(lab, "order", "user", "notification")
    assert shop.refused > 0, "the fault was not felt"
    everything_was_notified_once(lab.up_state(), shop)


def test_postgresql_frozen_for_12_s_under_load(lab: Lab, shop: Shop) -> None:
    state, server = lab.up_state(), psutil.Process(lab.pid("postgres"))
    frozen = [server, *server.children(recursive=True)]
    for process in frozen:
        process.suspend()
    try:
        with ThreadPoolExecutor() as pool:
            paths = [("user", "/users"), ("order", "/orders"), ("notification", "/notifications")] * 5
            answers = list(pool.map(lambda at: httpx.get(state.url(at[0]) + at[1], timeout=30, trust_env=False), paths))
        gone_for(4)
    finally:
        for process in reversed(frozen):
            process.resume()
    for answer in answers:
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        assert answer.elapsed.total_seconds() < 10  # for a connection 2 s, for a statement 4 s, for its return 2 s
    shop.sells(50)
    recovered(lab, "order", "user", "notification")
    assert shop.refused > 0, "the fault was not felt"
    everything_was_notified_once(lab.up_state(), shop)


def test_kill_9_of_redis_under_load(lab: Lab, shop: Shop) -> None:
    lab.kill("valkey")
    shop.sells(50)
    recovered(lab, "notification")
    everything_was_notified_once(lab.up_state(), shop)


def test_redis_flushed_under_load(lab: Lab, shop: Shop) -> None:
    import redis  # noqa: PLC0415 - the lab itself has no client of it

    before = ledger.look(lab.up_state()).redelivered
    shop.sells(5)
    password = (lab.paths.data / "secrets" / "valkey" / "password").read_text()
    with redis.Redis(port=lab.up_state().redis, password=password) as client:
        for _ in range(3):
            client.flushall()
            delivered_again(lab, shop.accepted[:5])
            shop.sells(15)
        assert client.dbsize() > 0
    assert everything_was_notified_once(lab.up_state(), shop).redelivered >= before + 15


def test_redis_gone_for_30_s(lab: Lab, shop: Shop) -> None:
    lab.supervisor().stop("valkey")
    try:
        while_gone = len(shop.accepted)
        gone_for(30)
        ready, reasons = Api(lab.up_state().url("notification")).ready()
        assert ready, "without Redis notification-service works on"
        assert "redis" in reasons
        shown = Api.of(lab.up_state(), "notification").notifications_of(shop.accepted[while_gone + 10])
        assert len(shown) == 1, "an order placed without Redis is notified of without Redis"
    finally:
        lab.supervisor().start("valkey")
    recovered(lab, "notification")
    everything_was_notified_once(lab.up_state(), shop)


def test_sqs_gone_for_60_s_with_all_that_was_in_it(lab: Lab, shop: Shop) -> None:
    before = len(shop.accepted)
    lab.supervisor().stop("localstack")
    try:
        gone_for(60)
        assert len(shop.accepted) > before + 300, "orders are accepted while SQS is away"
        ready, reasons = Api(lab.up_state().url("order")).ready()
        assert ready
        assert "relay" in reasons
    finally:
        lab.supervisor().start("localstack")
    recovered(lab, "order", "notification")
    everything_was_notified_once(lab.up_state(), shop)


def test_kill_9_of_sqs_with_messages_in_it(lab: Lab, shop: Shop) -> None:
    lab.supervisor().stop("notification")  # so that messages are in the queue when it is lost
    try:
        shop.sells(40)
        lab.kill("localstack")
        shop.sells(40)
    finally:
        lab.supervisor().start("notification")
    recovered(lab, "order", "notification")
    everything_was_notified_once(lab.up_state(), shop)


def test_user_service_slow_by_10_s_then_gone(lab: Lab) -> None:
    state = lab.up_state()
    user = Api(state.url("user")).create_user()
    body = {"user_id": user, "items": [{"sku": "book", "quantity": 1, "unit_price": "1.00"}]}
    with httpx.Client(base_url=state.url("order"), timeout=15, trust_env=False) as client:
        httpx.put(f"{state.url('user')}/faults", json={"latency_ms": 10_000}, trust_env=False)
        slow = client.post("/orders", json=body)
        httpx.delete(f"{state.url('user')}/faults", trust_env=False)
        lab.supervisor().stop("user")
        try:
            gone = client.post("/orders", json=body)
        finally:
            lab.supervisor().start("user")
        for answer in (slow, gone):
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
            assert answer.elapsed.total_seconds() < 5  # the deadline is 2 s, the fault 10 s
        recovered(lab, "user")
        assert client.post("/orders", json=body).status_code == 201
