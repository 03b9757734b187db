"""What becomes of an alert, from two looks at Prometheus and the pager."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lab.checks.alert_watch import AlertWatch
from tests.unit.lab.test_platform import Answers, answers

__all__ = ["answers"]
LABELS = {"alertname": "HighErrorRate", "service": "order", "severity": "page"}
SINCE = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def at(seconds: int) -> str:
    return f"2026-01-01T12:{seconds // 60:02d}:{seconds % 60:02d}Z"


def made(state: str, began: int = 10, **labels: str) -> dict[str, Any]:
    return {"labels": {**LABELS, **labels}, "annotations": {}, "state": state, "activeAt": at(began), "value": "1"}


def told(status: str, received: int, starts: int = 25) -> dict[str, Any]:
    return {
        "id": received, "received_at": at(received), "status": status, "alertname": "HighErrorRate", "severity": "page",
        "owner": "shop", "labels": {**LABELS, "cluster": "lab"}, "annotations": {}, "startsAt": at(starts),
        "endsAt": at(starts), "fingerprint": "f", "groupKey": "g", "receiver": "pager", "truncatedAlerts": 0,
    }  # fmt: skip


def show(answers: Answers, alerts: list[dict[str, Any]], deliveries: list[dict[str, Any]]) -> None:
    answers.data("/api/v1/alerts", alerts=alerts)
    answers.by_path["/deliveries"] = {"now": at(300), "items": deliveries}


@pytest.fixture
def watch(answers: Answers) -> AlertWatch:
    return AlertWatch(answers.state, SINCE)


def test_an_alert_is_followed_from_pending_to_its_end(answers: Answers, watch: AlertWatch) -> None:
    show(answers, [made("pending")], [])
    (seen,) = watch.look()
    assert (seen.pending.second, seen.firing, seen.fires) == (10, None, False)
    show(answers, [made("firing")], [told("firing", 30)])
    (seen,) = watch.look()
    assert (seen.firing, seen.delivered) == (SINCE.replace(second=25), SINCE.replace(second=30))
    assert (seen.fires, seen.resolved) == (True, None)
    show(answers, [], [told("resolved", 55), told("firing", 30)])
    (seen,) = watch.look()
    assert (seen.fires, seen.resolved) == (False, SINCE.replace(second=55))


def test_one_that_fires_again_has_not_ended(answers: Answers, watch: AlertWatch) -> None:
    show(answers, [made("firing")], [told("resolved", 55), told("firing", 30)])
    (seen,) = watch.look()
    assert seen.resolved is None


def test_what_began_before_is_not_followed_nor_is_the_heartbeat(answers: Answers) -> None:
    show(answers, [made("firing", began=10), made("firing", alertname="Watchdog", began=20)], [])
    assert AlertWatch(answers.state, SINCE.replace(second=15)).look() == []


def test_two_of_one_name_are_told_apart_by_their_labels(answers: Answers, watch: AlertWatch) -> None:
    show(answers, [made("firing"), made("firing", service="user")], [told("firing", 30)])
    delivered = {seen.labels["service"]: seen.delivered for seen in watch.look()}
    assert delivered == {"order": SINCE.replace(second=30), "user": None}
