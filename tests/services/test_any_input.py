"""Whatever /openapi.json allows and much that it does not: no answer is a 5xx, every refusal is problem+json."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

from tests.services.conftest import Stack
from tests.services.test_orders import body as order_body

EXAMPLES = 60  # of each operation, half of them against its schema
PROBLEM = "application/problem+json"


def try_all(url: str, ids: dict[str, str]) -> Counter[str]:
    """Try every operation of the service at `url`; return how many answers each status had.

    What fits its schema names the user and the order of `ids`, so that it reaches further than "no such user".
    """
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", timeout=10)
    seen: Counter[str] = Counter()
    for found in schema.exclude(path_regex="^/(faults|health)").get_all_operations():
        assert isinstance(found, Ok), found
        for mode in GenerationMode:
            _try(found.ok(), mode, ids, seen)
    return seen


def _try(
    operation: "APIOperation[Any, Any, Any, Any]", mode: GenerationMode, ids: dict[str, str], seen: Counter[str]
) -> None:
    @settings(
        max_examples=EXAMPLES // 2,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def answers(case: "Case[Any]") -> None:
        if mode is GenerationMode.POSITIVE:
            for part in (case.path_parameters, case.body):
                if isinstance(part, dict):
                    part.update({name: known for name, known in ids.items() if name in part})
        answer = case.call(timeout=10)
        kind = answer.headers.get("content-type", [""])[0]
        assert answer.status_code < 500, f"{answer.status_code}: {answer.text}\n{case.as_curl_command()}"
        assert answer.status_code < 400 or kind == PROBLEM, f"{answer.status_code} is {kind}: {answer.text}"
        seen[f"{operation.label} {answer.status_code}"] += 1

    answers()


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        (
            "order",
            ["POST /orders 201", "POST /orders 422", "GET /orders/{order_id} 200", "DELETE /orders/{order_id} 204"],
        ),
        ("user", ["POST /users 201", "POST /users 422", "PATCH /users/{user_id} 200", "DELETE /users/{user_id} 204"]),
        ("notification", ["GET /notifications 200", "POST /notifications/lookup 200", "GET /notifications/ledger 422"]),
    ],
)
async def test_no_input_makes_a_service_fail(stack: Stack, user_id: str, name: str, reached: list[str]) -> None:
    order = (await stack.order.post("/orders", json=order_body(user_id))).json()["id"]
    url = f"http://127.0.0.1:{stack.env[name]['PORT']}"
    seen = await asyncio.to_thread(try_all, url, {"user_id": user_id, "order_id": order})
    assert set(reached) <= set(seen), f"it tried less than it should: {seen}"


def refused(answer: httpx.Response, *statuses: int) -> bool:
    return answer.status_code in statuses and answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    ("name", "path"), [("order", "/orders"), ("user", "/users"), ("notification", "/notifications/lookup")]
)
async def test_ten_megabytes_and_ten_thousand_entries_are_refused(
    stack: Stack, user_id: str, name: str, path: str
) -> None:
    client: httpx.AsyncClient = getattr(stack, name)
    headers = {"content-type": "application/json"}
    assert refused(await client.post(path, content=b"[" + b" " * 10_000_000 + b"]", headers=headers), 413)
    item = {"sku": "a", "quantity": 1, "unit_price": "1.00"}
    entries = {"user_id": user_id, "items": [item] * 10_000, "event_ids": [user_id] * 10_000}
    assert refused(await client.post(path, json=entries), 413)


@pytest.mark.parametrize(
    ("name", "path"), [("order", "/orders"), ("user", "/users"), ("notification", "/notifications")]
)
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1000000000", "limit=-1", "limit=one", "cursor=%00", "cursor=MjAyNg"]
)
async def test_a_page_that_can_not_be_is_refused_by_every_list(stack: Stack, name: str, path: str, query: str) -> None:
    client: httpx.AsyncClient = getattr(stack, name)
    assert refused(await client.get(f"{path}?{query}"), 422)


@pytest.mark.parametrize(
    ("name", "path"), [("order", "/orders/7"), ("user", "/users/%00"), ("notification", "/notifications?order_id=x")]
)
async def test_an_id_that_is_no_uuid_is_refused(stack: Stack, name: str, path: str) -> None:
    client: httpx.AsyncClient = getattr(stack, name)
    assert refused(await client.get(path), 422)
