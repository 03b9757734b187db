"""GET /notifications: what was sent, in pages, of everything and of one order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.common.database import open_pool
from services.notification import store
from services.notification.events import Event
from tests.services.conftest import Stack, database_settings


async def sent(stack: Stack, order: UUID, versions: int) -> None:
    """Notify of an order's versions, the last of them first."""
    now = datetime.now(UTC)
    database = {name: value for name, value in stack.env["notification"].items() if name.startswith("DATABASE_")}
    async with await open_pool(database_settings(database)) as pool:
        for version in range(versions, 0, -1):
            event = Event(
                event_id=uuid4(), type="order.updated", order_id=order, user_id=uuid4(), version=version,
                status="paid", total="1.00", occurred_at=now - timedelta(hours=version),
            )  # fmt: skip
            await store.send(pool, [event])


async def test_pages_of_one_order_show_every_version_once_and_in_order(stack: Stack) -> None:
    order = uuid4()
    await sent(stack, uuid4(), 2)
    await sent(stack, order, 7)
    pages: list[list[int]] = []
    cursor: str | None = None
    while True:
        params = {"order_id": str(order), "limit": "3", **({"cursor": cursor} if cursor else {})}
        page = (await stack.notification.get("/notifications", params=params)).json()
        pages.append([item["version"] for item in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]


@pytest.mark.parametrize("order", [{}, {"order_id": str(uuid4())}], ids=["of everything", "of one order"])
@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "101"}, {"cursor": "nonsense"}, {"cursor": "MjAyNg=="}])
async def test_a_bad_page_is_refused_with_the_parameter_named(
    stack: Stack, order: dict[str, str], params: dict[str, str]
) -> None:
    answer = await stack.notification.get("/notifications", params=order | params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in params
