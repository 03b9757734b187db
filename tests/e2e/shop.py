"""A client that keeps ordering, as a shop's would: each order has a key, and is sent again until it is accepted."""

import threading
import time
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from lab.checks import ledger
from lab.checks.ledger import Ledger
from lab.core.errors import AnswerError
from lab.core.state import LabState
from lab.core.wait import wait
from lab.tools.api import Api
from tests.e2e.host_lab import Lab

ITEMS = [{"sku": "book", "quantity": 1, "unit_price": "9.99"}]
_MOST = 5_000  # orders of one shop: it ends by itself


class Shop:
    """Orders from two threads, about thirty a second, while its block runs. `accepted` are ids that got a 201."""

    def __init__(self, lab: Lab) -> None:
        self._state = lab.up_state()
        self._user = Api(self._state.url("user")).create_user()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._order) for _ in range(2)]
        self.accepted: list[str] = []
        self.refused, self.unanswered = 0, 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self.sells(10)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Place no more orders; one that is under way is answered first."""
        self._ending.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def placed(self) -> set[str]:
        """Return the ids of all orders that order-service has of this shop's user."""
        with httpx.Client(base_url=self._state.url("order"), timeout=15, trust_env=False) as client:
            found: set[str] = set()
            params = {"user_id": self._user, "limit": "100"}
            while True:
                page = client.get("/orders", params=params).raise_for_status().json()
                found |= {order["id"] for order in page["items"]}
                if page["next_cursor"] is None:
                    return found
                params["cursor"] = page["next_cursor"]

    def sells(self, count: int, timeout: float = 60) -> None:
        """Wait until `count` more orders were accepted."""
        goal = len(self.accepted) + count
        wait("orders", lambda: len(self.accepted), lambda n: n >= goal, delay=0.05, timeout=timeout)

    def _order(self) -> None:
        with httpx.Client(base_url=self._state.url("order"), timeout=15, trust_env=False) as client:
            for _ in range(_MOST):
                key = uuid4().hex
                asked = False
                while not self._ending.wait(0.06):
                    asked = True
                    try:
                        answer = client.post(
                            "/orders", json={"user_id": self._user, "items": ITEMS}, headers={"Idempotency-Key": key}
                        )
                    except httpx.HTTPError:
                        self.refused += 1
                        continue
                    if answer.status_code == 201:
                        self.accepted.append(answer.json()["id"])
                        break
                    self.refused += 1
                else:
                    self.unanswered += asked  # it may be placed all the same
                    return


def everything_was_notified_once(state: LabState, shop: Shop, timeout: float = 120) -> Ledger:
    """Close the shop, wait until nothing is pending; assert that nothing is lost, in the DLQ or twice."""
    shop.close()

    def look() -> Ledger | str:
        try:
            return ledger.look(state)
        except AnswerError as error:
            return error.what  # a server on its way back

    seen = wait(
        "ledger",
        look,
        lambda seen: isinstance(seen, Ledger) and seen.pending == 0 and not seen.lost,
        explain=lambda seen: seen if isinstance(seen, str) else f"{seen.pending} pending, {len(seen.lost)} lost",
        delay=0.5,
        timeout=timeout,
    )
    assert isinstance(seen, Ledger)
    assert (seen.lost, seen.duplicated, seen.dlq) == ([], [], 0)
    assert len(shop.accepted) == len(set(shop.accepted)), "two keys made one order"
    more = shop.placed() ^ set(shop.accepted)
    assert len(more) <= shop.unanswered, f"a key made two orders, or an accepted one is gone: {more}"
    notified = {item["order_id"] for item in Api(state.url("notification")).ledger("/notifications/ledger")}
    assert set(shop.accepted) <= notified
    return seen


def gone_for(seconds: float) -> None:
    """Let time pass: for a fault whose length is the point."""
    end = time.monotonic() + seconds
    wait(
        f"{seconds:g} s",
        time.monotonic,
        lambda now: now >= end,
        explain=lambda _: "passing",
        delay=0.5,
        timeout=seconds + 5,
    )
