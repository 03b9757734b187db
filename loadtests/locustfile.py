"""Locust scenarios: browse, order, mixed. Started by `./inv load.run`, which sets the environment read here.

LOAD_ORDER_URL, LOAD_USER_URL, LOAD_NOTIFICATION_URL: where the services answer. LOAD_RATE: requests/s of all users
together, 0 for as fast as they go. LOAD_FAILURES: file that gets one JSON line for each of the first failures.
LOAD_PLACED: file that gets a line with the id of each order that was accepted.
"""

import json
import os
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import gevent
from locust import FastHttpUser, constant, constant_throughput, task
from locust.contrib.fasthttp import ResponseContextManager

ORDER, USER, NOTIFICATION = (os.environ[f"LOAD_{name}_URL"] for name in ("ORDER", "USER", "NOTIFICATION"))
RATE, USERS = float(os.environ["LOAD_RATE"]), int(os.environ["LOAD_USERS"])
FAILURES, PLACED = Path(os.environ["LOAD_FAILURES"]), Path(os.environ["LOAD_PLACED"])
_MOST_FAILURES = 50
_failures = 0
_placed = PLACED.open("a", buffering=1)  # a line at a time, so that whoever reads it meanwhile sees each order


def pace() -> Callable[[Any], float]:
    """Return the wait that makes all users together send RATE requests/s."""
    wait: Callable[[Any], float] = constant_throughput(RATE / USERS) if RATE else constant(0)
    return wait


class Visitor(FastHttpUser):
    """A user of the shop: signs up once, then does what its scenario says."""

    abstract = True
    host = ORDER
    wait_time = pace()
    connection_timeout = network_timeout = 10.0  # seconds that this client waits for an answer

    def on_start(self) -> None:
        """Sign up, again and again while the service is down; what this user orders is its own."""
        self.orders: list[str] = []
        self.user_id = ""
        while not self.user_id:
            user = {"name": "Load Test", "email": f"load-{uuid4().hex}@example.org"}
            answer = self._ask("POST", f"{USER}/users", "POST /users", json=user)
            self.user_id = answer["id"] if answer else self._later()

    def place_order(self) -> None:
        """Place an order with a key of its own, as a client that may retry does."""
        items = [{"sku": f"sku-{random.randint(1, 500)}", "quantity": random.randint(1, 5), "unit_price": "9.99"}]
        headers = {"Idempotency-Key": uuid4().hex}
        body = {"user_id": self.user_id, "items": items}
        answer = self._ask("POST", f"{ORDER}/orders", "POST /orders", json=body, headers=headers)
        if answer:
            _placed.write(f"{answer['id']}\n")
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
        with self.client.request(method, url, name=name, catch_response=True, **what) as answer:
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
    global _failures  # noqa: PLW0603 - one process, one count
    try:
        problem = answer.json()
    except (ValueError, TypeError, AttributeError):
        problem = {}
    kind = f"{answer.status_code or 'no answer'} {problem.get('type', '')}".strip()
    answer.failure(kind)  # type: ignore[no-untyped-call] # untyped upstream
    if _failures < _MOST_FAILURES:
        _failures += 1
        with FAILURES.open("a") as file:
            file.write(json.dumps({"request": name, "kind": kind, "trace_id": problem.get("trace_id")}) + "\n")


class Browse(Visitor):
    """Reads only."""

    @task(3)
    def one(self) -> None:
        """Read one order."""
        self.read_order()

    @task(2)
    def many(self) -> None:
        """List orders."""
        self.list_orders()

    @task(1)
    def me(self) -> None:
        """Read the user."""
        self.read_user()


class Order(Visitor):
    """Orders only."""

    @task
    def order(self) -> None:
        """Place an order."""
        self.place_order()


class Mixed(Visitor):
    """What a shop sees: many look, some order, then look whether they were notified."""

    @task(3)
    def order(self) -> None:
        """Place an order."""
        self.place_order()

    @task(5)
    def look(self) -> None:
        """Read one order."""
        self.read_order()

    @task(1)
    def many(self) -> None:
        """List orders."""
        self.list_orders()

    @task(1)
    def notified(self) -> None:
        """Read notifications."""
        self.read_notifications()
