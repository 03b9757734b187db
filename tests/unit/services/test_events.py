"""What is taken for an event, and how what is not is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.sqs import Incoming
from services.notification.events import Event, parse

GOOD = {
    "event_id": "6b2b1c1e-3b0e-4a52-8a83-0f7d3a3d0f01",
    "type": "order.created",
    "order_id": "6b2b1c1e-3b0e-4a52-8a83-0f7d3a3d0f02",
    "user_id": "6b2b1c1e-3b0e-4a52-8a83-0f7d3a3d0f03",
    "version": 1,
    "total": "1.00",
    "occurred_at": "2026-01-01T00:00:00Z",
}


def message(body: str) -> Incoming:
    return Incoming(id="m", handle="h", body=body, attributes={}, receives=1, sent_ms=0)


def test_an_event_with_fields_of_a_later_version_is_taken() -> None:
    event = parse(message(json.dumps({**GOOD, "colour": "red"})))
    assert isinstance(event, Event)
    assert event.text() == f"Your order {GOOD['order_id']} over 1.00 was placed."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("not json", "body: Invalid JSON"),
        ("[]", "body: "),
        ("{}", "event_id: Field required"),
        (json.dumps({**GOOD, "version": 0}), "version: "),
        (json.dumps({**GOOD, "type": "order.exploded"}), "type: "),
        (json.dumps({**GOOD, "occurred_at": "yesterday"}), "occurred_at: "),
        (json.dumps({**GOOD, "total": "9" * 33}), "total: "),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(body: str, words: str) -> None:
    reason = parse(message(body))
    assert isinstance(reason, str)
    assert words in reason


@given(st.text())
def test_no_text_makes_the_parser_raise(body: str) -> None:
    assert isinstance(parse(message(body)), str | Event)
