"""What each scenario asks for, and that its orders are journaled."""

from pathlib import Path

import pytest

from lab.core.paths import CHECKOUT
from lab.tools import locust
from lab.tools.locust import Plan
from tests.servers.small_shop import small_shop

_SIGN_UP, _PLACE, _LIST, _LOOK = "POST /users", "POST /orders", "GET /orders", "GET /orders/{id}"


@pytest.mark.parametrize(
    ("scenario", "asked"),
    [
        ("order", {_SIGN_UP, _PLACE}),
        ("browse", {_SIGN_UP, _PLACE, _LIST, _LOOK, "GET /users/{id}"}),
        ("mixed", {_SIGN_UP, _PLACE, _LIST, _LOOK, "GET /notifications"}),
    ],
)
def test_a_scenario_asks_for_all_that_it_says(scenario: str, asked: set[str], tmp_path: Path) -> None:
    with small_shop() as shop:
        plan = Plan(scenario, users=3, rate=0, seconds=3)
        seen = locust.run(plan, env=shop.environment, folder=tmp_path, cwd=CHECKOUT)
    assert {one.name for one in seen.endpoints} == asked
    assert sorted(locust.placed(tmp_path)) == sorted(shop.orders)
    if scenario == "browse":
        assert len(shop.orders) == 3  # one of each user, to be looked at
