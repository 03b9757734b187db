"""Money, cursors and the ledger's sum: pure parts, tried with many values."""

import base64
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lab.checks.ledger import count
from services.common.pagination import decode, encode
from services.common.problems import Problem
from services.order.models import Item, plain, total

cents = st.integers(0, 10**9)


@given(st.lists(st.tuples(cents, st.integers(1, 10_000)), min_size=1, max_size=20))
def test_a_total_is_exact_to_the_cent(positions: list[tuple[int, int]]) -> None:
    items = [
        Item.model_validate({"sku": "a", "quantity": n, "unit_price": f"{c // 100}.{c % 100:02}"}) for c, n in positions
    ]
    assert total(items) * 100 == sum(c * n for c, n in positions)
    assert [Decimal(str(item["unit_price"])) * 100 for item in plain(items)] == [c for c, _ in positions]


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.lists(st.integers())))
def test_money_that_is_no_text_is_refused(price: object) -> None:
    with pytest.raises(ValidationError, match="unit_price"):
        Item.model_validate({"sku": "a", "quantity": 1, "unit_price": price})


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_comes_back_as_it_went(at: datetime, row: UUID) -> None:
    assert decode(encode(at, row)) == (at, row)


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused_never_a_crash(text: str) -> None:
    with suppress(Problem):
        assert decode(text) is not None


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_cursor_over_the_edge_of_time_is_refused(at: str) -> None:
    with pytest.raises(Problem):
        decode(base64.urlsafe_b64encode(f"{at}|{UUID(int=1)}".encode()).decode())


places = st.sampled_from(["outbox", "queue", "notified", "dlq", "nowhere"])


@given(st.dictionaries(st.integers(0, 999).map(str), st.sets(places, min_size=1)))
def test_the_ledger_puts_each_order_in_exactly_one_place(where: dict[str, set[str]]) -> None:
    def at(place: str) -> set[str]:
        return {f"e{order}" for order, found in where.items() if place in found}

    accepted = {order: f"e{order}" for order in where}
    notified = [(order, f"e{order}") for order in where if "notified" in where[order]]
    ledger = count(accepted, at("outbox"), notified, at("queue"), at("dlq"))
    assert ledger.accepted == ledger.notified + ledger.pending + ledger.dlq + len(ledger.lost)
    assert set(ledger.lost) == {order for order, found in where.items() if found == {"nowhere"}}
    assert ledger.ok == (not ledger.lost)


def test_an_order_that_a_client_was_promised_and_nobody_knows_is_lost() -> None:
    ledger = count({"a": "1"}, set(), [("a", "1")], set(), set(), placed=["a", "b", "b"])
    assert (ledger.accepted, ledger.notified, ledger.lost) == (2, 1, ["b"])


def test_two_notifications_for_one_event_are_a_duplicate_and_two_events_are_not() -> None:
    accepted = {"a": "e1"}
    assert count(accepted, set(), [("a", "e1"), ("a", "e1")], set(), set()).duplicated == ["a"]
    assert count(accepted, set(), [("a", "e1"), ("a", "e2")], set(), set()).ok
