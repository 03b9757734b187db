"""What is no good answer ends in words: who was asked, what it said, what to type next. Never in a traceback."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lab.checks import ledger, smoke
from lab.core.errors import AnswerError
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.drills.field import Field
from lab.flows.verify import settled
from lab.tools import localstack, metrics, ports
from lab.tools.api import Api
from lab.tools.registry import Registry
from lab.tools.supervisor import Supervisor
from tests.serving import Asked, serving

PROBLEM = json.dumps({"detail": "the database is not available", "trace_id": "4bf9"}).encode()


def answering(status: int, body: bytes) -> AbstractContextManager[int]:
    """Answer every request so; the block gets the port."""
    return serving(lambda _: (status, body))


def lab(user: int, order: int, notification: int = 1) -> LabState:
    services = {"user": user, "order": order, "notification": notification}
    return LabState(runtime="host", lab_id="x", services=services, localstack=1)


def test_a_service_that_refuses_the_smoke_order_is_named_with_its_answer_and_its_log() -> None:
    with (
        answering(201, b'{"id": "u1"}') as user,
        answering(503, PROBLEM) as order,
        pytest.raises(AnswerError) as caught,
    ):
        smoke.send_order(lab(user, order))
    assert caught.value.what == "order-service refused POST /orders"
    assert caught.value.why == "503 Service Unavailable: the database is not available (trace 4bf9)"
    assert caught.value.fix == "./inv lab.logs order"


def test_a_service_that_dies_under_the_smoke_order_is_named() -> None:
    gone = ports.free_ports(1)[0]
    with pytest.raises(AnswerError, match="user-service does not answer") as caught:
        smoke.send_order(lab(gone, gone))
    assert "ConnectError" in caught.value.why
    assert caught.value.fix == "./inv lab.logs user"


def test_a_smoke_order_waits_for_a_notification_service_that_is_away_and_then_says_why() -> None:
    gone = ports.free_ports(1)[0]
    with answering(201, b'{"id": "1"}') as port, pytest.raises(Exception, match="was not ready") as caught:
        smoke.send_order(lab(port, port, gone), timeout=0.2)
    assert "notification-service does not answer" in str(caught.value)


def test_an_answer_that_is_no_json_is_shown_as_such() -> None:
    with answering(200, b"<html>") as port, pytest.raises(AnswerError, match="order-service answers what is no JSON"):
        Api.of(lab(port, port), "order").create_order("u1")


def test_a_ledger_that_can_not_be_read_says_which_service_kept_it() -> None:
    with answering(500, b"") as order, pytest.raises(AnswerError) as caught:
        settled(lab(1, order), timeout=0.1)
    assert "order-service refused GET /orders/ledger" in str(caught.value)
    assert "500 Internal Server Error: no words" in str(caught.value)
    with answering(200, b'{"items": [], "next_cursor": null}') as order, pytest.raises(AnswerError, match="LocalStack"):
        ledger.look(lab(1, order))


@pytest.mark.parametrize(
    ("ask", "who"),
    [
        (lambda port: Registry(port).digest("image", "tag"), "registry"),
        (lambda port: localstack.messages(f"http://127.0.0.1:{port}", "q"), "LocalStack"),
        (lambda port: metrics.value(f"http://127.0.0.1:{port}", "m"), "127.0.0.1"),
        (lambda port: Supervisor(port, "pw").states(), "supervisord"),
        (lambda port: Supervisor(port, "pw").start("order"), "supervisord"),
    ],
    ids=["registry", "localstack", "metrics", "supervisord", "supervisord starts"],
)
def test_every_server_that_is_away_or_refuses_is_named(ask: Callable[[int], object], who: str) -> None:
    with pytest.raises(AnswerError, match=who):
        ask(ports.free_ports(1)[0])
    with answering(500, b"out of order") as port, pytest.raises(AnswerError, match=who):
        ask(port)


def test_a_drill_tells_an_answer_that_is_an_error_from_none(tmp_path: Path) -> None:
    asked: list[tuple[str, str, bytes]] = []

    def answer(request: Asked) -> tuple[int, bytes]:
        asked.append((request.method, request.url.path, request.body))
        return 503, PROBLEM

    with serving(answer) as port:
        state = lab(1, port).model_copy(update={"runtime": "kind", "prometheus": 1})
        field = Field(Paths(tmp_path), state)
        seen = field.order_service("POST", "/orders", {"items": []})
    assert seen is not None
    assert (seen.status_code, asked) == (503, [("POST", "/orders", b'{"items":[]}')])
    assert field.order_service("GET", "/orders") is None
