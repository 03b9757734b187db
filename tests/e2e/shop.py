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
        self.refused = 0

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

    def sells(self, count: int, timeout: float = 60) -> None:
        """Wait until `count` more orders were accepted."""
        goal = len(self.accepted) + count
        wait("orders", lambda: len(self.accepted), lambda n: n >= goal, delay=0.05, timeout=timeout)

    def _order(self) -> None:
        with httpx.Client(base_url=self._state.url("order"), timeout=15, trust_env=False) as client:
            for _ in range(_MOST):
                key = uuid4().hex
                while not self._ending.wait(0.06):
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
                if self._ending.is_set():
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
    assert len(shop.accepted) == len(set(shop.accepted)), "one key made two orders"
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
