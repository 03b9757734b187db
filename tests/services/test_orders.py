"""POST and GET /orders: what is accepted, what is refused and why, and that a repeat is not a second order."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from lab.tools.metrics import value
from tests.services.conftest import Stack

ITEM = {"sku": "book", "quantity": 2, "unit_price": "12.50"}


def body(user_id: str, /, **changes: object) -> dict[str, object]:
    return {"user_id": user_id, "items": [ITEM], **changes}


async def sent(stack: Stack, order: str, least: int) -> list[dict[str, object]]:
    """Return an order's notifications once there are as many as `least`, or what there is after ten seconds."""
    items: list[dict[str, object]] = []
    for _ in range(100):
        items = (await stack.notification.get("/notifications", params={"order_id": order})).json()["items"]
        if len(items) >= least:
            break
        await asyncio.sleep(0.1)
    return items


async def test_an_accepted_order_is_answered_with_its_exact_total(stack: Stack, user_id: str) -> None:
    items = [{"sku": "a", "quantity": 3, "unit_price": "0.10"}, {"sku": "b", "quantity": 1, "unit_price": "0.70"}]
    answer = await stack.order.post("/orders", json=body(user_id, items=items))
    assert answer.status_code == 201
    assert answer.json()["total"] == "1.00"
    assert (await stack.order.get(f"/orders/{answer.json()['id']}")).json() == answer.json()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user_id": "me"}, "user_id"),
        ({"items": []}, "items"),
        ({"items": [ITEM] * 101}, "items"),
        ({"items": [{**ITEM, "unit_price": 12.5}]}, "items.0.unit_price"),
        ({"items": [{**ITEM, "unit_price": 12}]}, "items.0.unit_price"),
        ({"items": [{**ITEM, "unit_price": "-1.00"}]}, "items.0.unit_price"),
        ({"items": [{**ITEM, "unit_price": "1.001"}]}, "items.0.unit_price"),
        ({"items": [{**ITEM, "unit_price": "NaN"}]}, "items.0.unit_price"),
        ({"items": [{**ITEM, "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{**ITEM, "quantity": "2"}]}, "items.0.quantity"),
        ({"items": [{**ITEM, "quantity": 10001}]}, "items.0.quantity"),
        ({"items": [{**ITEM, "sku": ""}]}, "items.0.sku"),
        ({"items": [{**ITEM, "sku": "s" * 65}]}, "items.0.sku"),
        ({"items": [{**ITEM, "sku": "a\x00b"}]}, "items.0.sku"),
        ({"items": [{**ITEM, "unit_price": "-0"}]}, "items.0.unit_price"),
        ({"items": [{**ITEM, "unit_price": "1_000"}]}, "items.0.unit_price"),
        ({"items": [{**ITEM, "colour": "red"}]}, "items.0.colour"),
        ({"coupon": "free"}, "coupon"),
    ],
)
async def test_bad_input_is_refused_with_the_field_named(
    stack: Stack, user_id: str, changes: dict[str, object], field: str
) -> None:
    answer = await stack.order.post("/orders", json=body(user_id, **changes))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_what_is_no_json_is_refused_and_a_large_body_too(stack: Stack) -> None:
    headers = {"content-type": "application/json"}
    assert (await stack.order.post("/orders", content=b"{", headers=headers)).status_code == 422
    too_large = await stack.order.post("/orders", content=b" " * 300_000, headers=headers)
    assert (too_large.status_code, too_large.headers["content-type"]) == (413, "application/problem+json")

    async def growing() -> AsyncGenerator[bytes]:
        for _ in range(30):
            yield b" " * 10_000

    unannounced = await stack.order.post("/orders", content=growing(), headers=headers)
    assert (unannounced.status_code, unannounced.json()["detail"]) == (413, too_large.json()["detail"])


async def test_an_unknown_user_is_refused_with_422(stack: Stack) -> None:
    answer = await stack.order.post("/orders", json=body(str(uuid4())))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "user_id", "reason": "no such user"}]


async def test_a_slow_user_service_costs_503_with_retry_after_within_the_deadline(stack: Stack, user_id: str) -> None:
    await stack.user.put("/faults", json={"latency_ms": 10_000})
    try:
        answer = await stack.order.post("/orders", json=body(user_id))
    finally:
        await stack.user.delete("/faults")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.elapsed.total_seconds() < 5  # far below the 10 s of the fault: the deadline is 1 s
    assert (await stack.order.post("/orders", json=body(user_id))).status_code == 201


async def test_a_failing_user_service_is_asked_three_times_and_no_more(stack: Stack, user_id: str) -> None:
    url = str(stack.user.base_url)
    asked = await asyncio.to_thread(value, url, "http_requests_total")
    await stack.user.put("/faults", json={"error_ratio": 1})
    try:
        answer = await stack.order.post("/orders", json=body(user_id))
    finally:
        await stack.user.delete("/faults")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert await asyncio.to_thread(value, url, "http_requests_total") == asked + 3


async def test_the_same_key_and_body_get_the_first_answer(stack: Stack, user_id: str) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    first = await stack.order.post("/orders", json=body(user_id), headers=headers)
    second = await stack.order.post("/orders", json=body(user_id), headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content


async def test_the_same_key_with_another_body_is_a_conflict(stack: Stack, user_id: str) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    await stack.order.post("/orders", json=body(user_id), headers=headers)
    other = await stack.order.post("/orders", json=body(user_id, items=[{**ITEM, "quantity": 3}]), headers=headers)
    assert other.status_code == 409
    assert other.json()["type"] == "urn:problem:idempotency-key-reused"


async def test_twenty_requests_at_once_with_one_key_make_one_order(stack: Stack, user_id: str) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(
        *(stack.order.post("/orders", json=body(user_id), headers=headers) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    listed = (await stack.order.get("/orders", params={"user_id": user_id})).json()["items"]
    assert len(listed) == 1


async def test_a_repeat_gets_its_answer_after_the_user_is_gone(stack: Stack, user_id: str) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    first = await stack.order.post("/orders", json=body(user_id), headers=headers)
    await stack.user.delete(f"/users/{user_id}")
    assert (await stack.order.post("/orders", json=body(user_id))).status_code == 422
    assert (await stack.order.post("/orders", json=body(user_id), headers=headers)).content == first.content


async def test_pages_show_every_order_once_while_others_are_placed(stack: Stack, user_id: str) -> None:
    placed = [(await stack.order.post("/orders", json=body(user_id))).json()["id"] for _ in range(7)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"user_id": user_id, "limit": "3", **({"cursor": cursor} if cursor else {})}
        page = (await stack.order.get("/orders", params=params)).json()
        seen += [order["id"] for order in page["items"]]
        if len(seen) == 3:
            placed.append((await stack.order.post("/orders", json=body(user_id))).json()["id"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == placed


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "101"}, {"cursor": "nonsense"}, {"cursor": "MjAyNg=="}])
async def test_a_bad_page_is_refused_with_the_parameter_named(stack: Stack, params: dict[str, str]) -> None:
    answer = await stack.order.get("/orders", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in params


async def test_an_order_moves_on_only_in_its_states_order(stack: Stack, user_id: str) -> None:
    order = (await stack.order.post("/orders", json=body(user_id))).json()
    url = f"/orders/{order['id']}"
    assert (await stack.order.patch(url, json={"status": "shipped"})).status_code == 409
    assert (await stack.order.patch(url, json={"items": [{**ITEM, "quantity": 1}]})).json()["total"] == "12.50"
    assert (await stack.order.patch(url, json={"status": "paid", "version": 1})).status_code == 409
    paid = await stack.order.patch(url, json={"status": "paid", "version": 2})
    assert (paid.json()["status"], paid.json()["version"]) == ("paid", 3)
    assert (await stack.order.patch(url, json={"items": [ITEM]})).status_code == 409
    await stack.order.patch(url, json={"status": "shipped"})
    assert (await stack.order.delete(url)).status_code == 409


@pytest.mark.parametrize("nothing", [{}, {"version": 1}, {"items": None, "status": None}])
async def test_a_change_of_nothing_makes_no_version_and_notifies_nobody(
    stack: Stack, user_id: str, nothing: dict[str, object]
) -> None:
    order = (await stack.order.post("/orders", json=body(user_id))).json()
    url = f"/orders/{order['id']}"
    answer = await stack.order.patch(url, json=nothing)
    assert (answer.status_code, answer.json()) == (200, order)
    assert (await stack.order.patch(url, json={"version": 2})).status_code == 409
    await stack.order.delete(url)
    assert [item["event_type"] for item in await sent(stack, order["id"], 2)] == ["order.created", "order.cancelled"]


async def test_a_cancelled_order_stays_readable_and_cancelling_is_idempotent(stack: Stack, user_id: str) -> None:
    url = f"/orders/{(await stack.order.post('/orders', json=body(user_id))).json()['id']}"
    assert [(await stack.order.delete(url)).status_code for _ in range(2)] == [204, 204]
    assert (await stack.order.get(url)).json()["status"] == "cancelled"
    assert (await stack.order.get(f"/orders/{uuid4()}")).status_code == 404


async def test_every_step_of_an_order_is_notified_once_in_order(stack: Stack, user_id: str) -> None:
    order = (await stack.order.post("/orders", json=body(user_id))).json()["id"]
    await stack.order.patch(f"/orders/{order}", json={"status": "paid"})
    await stack.order.delete(f"/orders/{order}")
    types = [item["event_type"] for item in await sent(stack, order, 3)]
    assert types == ["order.created", "order.updated", "order.cancelled"]


async def test_a_problem_names_the_trace_that_the_caller_began(stack: Stack) -> None:
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = await stack.order.get(f"/orders/{uuid4()}", headers=headers)
    assert answer.json()["trace_id"] == trace


async def test_metrics_carry_the_trace_as_an_exemplar(stack: Stack, user_id: str) -> None:
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    assert (await stack.order.post("/orders", json=body(user_id), headers=headers)).status_code == 201
    text = (await stack.order.get("/metrics")).text
    lines = [line for line in text.splitlines() if trace in line]
    assert any(line.startswith("http_request_duration_seconds_bucket") and 'route="/orders"' in line for line in lines)
    assert text.endswith("# EOF\n")


async def test_probes_are_not_counted_and_ids_are_no_labels(stack: Stack) -> None:
    await stack.order.get("/health/ready")
    await stack.order.get(f"/orders/{uuid4()}")
    text = (await stack.order.get("/metrics")).text
    assert 'route="/health/ready"' not in text
    assert 'route="/orders/{order_id}"' in text


async def test_readiness_names_each_dependency(stack: Stack) -> None:
    answer = await stack.order.get("/health/ready")
    assert answer.status_code == 200
    assert set(answer.json()["checks"]) >= {"postgres", "relay"}
