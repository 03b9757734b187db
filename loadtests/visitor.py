"""A user of the shop, and what one can do.

Environment: LOAD_ORDER_URL, LOAD_USER_URL, LOAD_NOTIFICATION_URL, where the services answer; LOAD_USERS, the most users
at once; LOAD_RATE, arrivals/s of so many users together, 0 for a closed loop as fast as they go; LOAD_UNDER_WAY, the
most arrivals under way at once, those of all users (1000).
"""

import os
import random
from contextlib import suppress
from typing import Any
from uuid import uuid4

import gevent
from locust import FastHttpUser, stats
from locust.contrib.fasthttp import ResponseContextManager

from loadtests.arrivals import Pace, overdue
from loadtests.journal import JOURNAL

ORDER, USER, NOTIFICATION = (os.environ[f"LOAD_{name}_URL"] for name in ("ORDER", "USER", "NOTIFICATION"))
RATE, USERS = float(os.environ["LOAD_RATE"]), int(os.environ["LOAD_USERS"])
_UNDER_WAY = int(os.environ.get("LOAD_UNDER_WAY", "1000"))
_PATIENCE = 10.0  # seconds until a client gives up
_coarse = stats.bucket_response_time


def _bucket(response_time: float) -> int:
    """Return the milliseconds that a time is counted as: whole ones to 1 s, for 496 ms are not the objective's 500.

    Locust by itself rounds from 100 ms on to tens.
    """
    return int(response_time) if 100 <= response_time < 1000 else _coarse(response_time)  # noqa: PLR2004 - 0.1 s, 1 s


stats.bucket_response_time = _bucket


class Visitor(FastHttpUser):
    """A user of the shop: signs up once, then does what its scenario says."""

    abstract = True
    host = ORDER
    connection_timeout = network_timeout = _PATIENCE
    concurrency = max(1, _UNDER_WAY // USERS) if RATE else 1
    pace: Pace | None = None

    def on_start(self) -> None:
        """Sign up, again and again while the service is down; what this user orders is its own."""
        self.orders: list[str] = []
        self.user_id = ""
        while not self.user_id:
            user = {"name": "Load Test", "email": f"load-{uuid4().hex}@example.org"}
            answer = self._ask("POST", f"{USER}/users", "POST /users", json=user)
            self.user_id = answer["id"] if answer else self._later()
        if RATE:
            self.pace = Pace(RATE / USERS, self.concurrency, JOURNAL.arrived)
            self.wait()  # type: ignore[no-untyped-call] # untyped upstream

    def on_stop(self) -> None:
        """Wait for the last answers."""
        if self.pace is not None:
            self.pace.finish(_PATIENCE)

    def wait_time(self) -> float:
        """Return the seconds until the next arrival; in a closed loop it comes at once."""
        return self.pace.until_next() if self.pace is not None else 0.0

    def place_order(self) -> None:
        """Place an order with a key of its own, as a client that may retry does."""
        items = [{"sku": f"sku-{random.randint(1, 500)}", "quantity": random.randint(1, 5), "unit_price": "9.99"}]
        headers = {"Idempotency-Key": uuid4().hex}
        body = {"user_id": self.user_id, "items": items}
        answer = self._ask("POST", f"{ORDER}/orders", "POST /orders", json=body, headers=headers)
        if answer:
            JOURNAL.placed(answer["id"])
            self.orders = [*self.orders[-20:], answer["id"]]

    def read_order(self) -> None:
        """Look at one of the last orders, or at the list before there is one."""
        if self.orders:
            self._ask("GET", f"{ORDER}/orders/{random.choice(self.orders)}", "GET /orders/{id}")
        else:
            self.list_orders()

    def list_orders(self) -> None:
        """Look at the first page of one's own orders."""
        self._ask("GET", f"{ORDER}/orders?limit=20&user_id={self.user_id}", "GET /orders")

    def read_user(self) -> None:
        """Look at oneself."""
        self._ask("GET", f"{USER}/users/{self.user_id}", "GET /users/{id}")

    def read_notifications(self) -> None:
        """Look at what was sent for the last order."""
        if self.orders:
            self._ask("GET", f"{NOTIFICATION}/notifications?order_id={self.orders[-1]}", "GET /notifications")
        else:
            self.list_orders()

    def _ask(self, method: str, url: str, name: str, **what: Any) -> dict[str, Any] | None:
        late = overdue()
        with self.client.request(method, url, name=name, catch_response=True, **what) as answer:
            answer.request_meta["response_time"] += late * 1000
            if answer.status_code and answer.status_code < 400:  # noqa: PLR2004 - HTTP's own number
                with suppress(ValueError):  # cut off on its way
                    body: dict[str, Any] = answer.json()
                    return body
            _fail(answer, name)
        return None

    def _later(self) -> str:
        """Let a second go by, or end when the run does; return no id."""
        gevent.sleep(1)
        self.wait()  # type: ignore[no-untyped-call] # untyped upstream
        return ""


def _fail(answer: ResponseContextManager, name: str) -> None:
    """Class a failure by its problem type, and keep the first ones with their trace ids."""
    try:
        told = answer.json()
    except (ValueError, TypeError, AttributeError):
        told = None
    problem = told if isinstance(told, dict) else {}
    kind = f"{answer.status_code or 'no answer'} {problem.get('type', '')}".strip()
    answer.failure(kind)  # type: ignore[no-untyped-call] # untyped upstream
    JOURNAL.failed(name, kind, problem.get("trace_id"))
