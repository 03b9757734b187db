"""Locust scenarios: browse, order, mixed. Started by `./inv load.run`, which sets the environment.

Beside what visitor.py and journal.py read: LOAD_SHAPE, how users come and go (shapes.py), LOAD_SECONDS, for how long.
"""

import os

from locust import LoadTestShape, task

from loadtests.arrivals import arrival
from loadtests.shapes import SHAPES
from loadtests.visitor import USERS, Visitor

_SHAPE, _SECONDS = os.environ["LOAD_SHAPE"], int(os.environ["LOAD_SECONDS"])


class Browse(Visitor):
    """Reads; places one order, to have one to read."""

    @task(3)
    @arrival
    def one(self) -> None:
        """Read one's order; it is placed the first time."""
        if self.orders:
            self.read_order()
        else:
            self.place_order()

    @task(2)
    @arrival
    def many(self) -> None:
        """List orders."""
        self.list_orders()

    @task(1)
    @arrival
    def me(self) -> None:
        """Read the user."""
        self.read_user()


class Order(Visitor):
    """Orders only."""

    @task
    @arrival
    def order(self) -> None:
        """Place an order."""
        self.place_order()


class Mixed(Visitor):
    """What a shop sees: many look, some order, then look whether they were notified."""

    @task(3)
    @arrival
    def order(self) -> None:
        """Place an order."""
        self.place_order()

    @task(5)
    @arrival
    def look(self) -> None:
        """Read one order."""
        self.read_order()

    @task(1)
    @arrival
    def many(self) -> None:
        """List orders."""
        self.list_orders()

    @task(1)
    @arrival
    def notified(self) -> None:
        """Read notifications."""
        self.read_notifications()


if _SHAPE != "steady":  # without a shape Locust starts all users at once, which is what steady says

    class Curve(LoadTestShape):
        """Has as many users as the shape's line says."""

        def tick(self) -> tuple[int, float] | None:
            """Return how many users there are to be now, None at the end."""
            at = self.get_run_time() / _SECONDS  # type: ignore[no-untyped-call] # untyped upstream
            return None if at >= 1 else (SHAPES[_SHAPE].users(at, USERS), USERS)
