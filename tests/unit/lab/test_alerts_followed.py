"""An alert is followed from Prometheus by Alertmanager to the pager, and what keeps it is told."""

from datetime import timedelta
from typing import Any

import pytest

from lab.checks import alerts as checks
from lab.tools import alertmanager, pager, prometheus
from tests.unit.lab.alert_sources import BEGAN, SILENCE, arrived, delivery, rule


def follow(made: list[Any], taken: list[Any], delivered: list[Any]) -> list[checks.Seen]:
    return checks.follow(
        [prometheus.Alert.model_validate(one) for one in made],
        [alertmanager.Alert.model_validate(one) for one in taken],
        [pager.Delivery.model_validate(one) for one in delivered],
    )


def test_the_delay_is_from_the_beginning_to_the_first_delivery_since_then() -> None:
    (seen,) = follow([rule()], [arrived()], [delivery(3, 65), delivery(2, 6.25), delivery(1, -300)])
    assert (seen.fires_since, seen.delivered_at) == (BEGAN, BEGAN + timedelta(seconds=6.25))
    assert (seen.delay_seconds, seen.words, seen.summary) == (6.25, "delivered after 6.2 s", "orders fail")
    assert seen.active_since == BEGAN - timedelta(minutes=2)


def test_another_alert_of_the_same_name_is_not_taken_for_it() -> None:
    other = arrived(labels={**arrived()["labels"], "service": "user"}, fingerprint="f2")
    (seen,) = follow([rule(service="user")], [arrived(), other], [delivery(1, 6)])
    assert (seen.fires_since, seen.delivered_at, seen.words) == (BEGAN, None, "waits for its group")
    (plain,) = follow([rule()], [other, arrived()], [delivery(1, 6)])
    assert plain.delay_seconds == 6


@pytest.mark.parametrize(
    ("taken", "words", "muted_by"),
    [
        ([], "not taken by Alertmanager yet", []),
        ([arrived()], "waits for its group", []),
        ([arrived(receivers=[{"name": "nobody"}])], "told to nobody, by its severity", []),
        (
            [arrived(status={"state": "suppressed", "silencedBy": [SILENCE], "inhibitedBy": []})],
            f"muted by {SILENCE}",
            [SILENCE],
        ),
        (
            [
                arrived(status={"state": "suppressed", "silencedBy": [], "inhibitedBy": ["f9"]}),
                arrived(labels={"alertname": "NodeDiskPressure"}, fingerprint="f9"),
            ],
            "muted by NodeDiskPressure",
            ["NodeDiskPressure"],
        ),
    ],
)
def test_why_an_alert_was_not_delivered_is_told(taken: list[Any], words: str, muted_by: list[str]) -> None:
    (seen,) = follow([rule()], taken, [])
    assert (seen.words, seen.muted_by, seen.delivered_at) == (words, muted_by, None)


def test_a_pending_alert_is_pending_and_comes_after_pages_that_fire() -> None:
    pending = {**rule(alertname="Aged", severity="ticket"), "state": "pending"}
    seen = follow([pending, rule(alertname="Slow", severity="ticket"), rule()], [], [])
    assert [(one.alertname, one.state) for one in seen] == [
        ("HighErrorRate", "firing"),
        ("Slow", "firing"),
        ("Aged", "pending"),
    ]
    assert (seen[2].words, seen[2].fires_since) == ("pending", None)
