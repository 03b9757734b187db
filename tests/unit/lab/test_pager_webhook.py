"""What Alertmanager sends to the pager: it is kept as it came, and what is wrong is named."""

from datetime import UTC, datetime

import pytest

from lab.pager.app import LONGEST
from lab.pager.inbox import Inbox
from lab.pager.payload import Wanted
from tests.unit.lab.served_pager import Running, alert, notification, pager

__all__ = ["pager"]


def test_a_delivery_has_what_alertmanager_sent_and_the_pagers_own_clock(pager: Running) -> None:
    before = datetime.now(UTC)
    assert pager.told().json() == {"delivered": [1]}
    (item,) = pager.items()
    assert before <= datetime.fromisoformat(item.pop("received_at")) <= datetime.now(UTC)
    assert item == {
        "id": 1,
        "status": "firing",
        "alertname": "HighErrorRate",
        "severity": "page",
        "owner": "shop",
        "labels": alert()["labels"],
        "annotations": alert()["annotations"],
        "startsAt": "2026-11-25T10:00:00.123456+00:00",
        "endsAt": "0001-01-01T00:00:00+00:00",
        "fingerprint": "of-HighErrorRate",
        "groupKey": '{}:{alertname="HighErrorRate"}',
        "receiver": "page",
        "truncatedAlerts": 0,
    }


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (notification(alert(status="on fire")), ["alerts.0.status"]),
        (notification(alert(), alert(startsAt="yesterday")), ["alerts.1.startsAt"]),
        (notification(alert(startsAt="2026-11-25T10:00:00")), ["alerts.0.startsAt"]),
        (notification(alert(labels={"alertname": 1})), ["alerts.0.labels.alertname"]),
        (notification(alert(fingerprint="")), ["alerts.0.fingerprint"]),
        (notification(version="3"), ["version"]),
        (notification(alerts=[]), ["alerts"]),
        (notification(truncatedAlerts=-1), ["truncatedAlerts"]),
        ({}, ["version", "groupKey", "receiver", "alerts"]),
        ([], ["the body"]),
    ],
)
def test_a_payload_that_is_none_of_alertmanagers_is_refused_by_the_fields_name(
    pager: Running, body: object, fields: list[str]
) -> None:
    answer = pager.client.post("/webhook", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert answer.json()["detail"] == f"not valid: {', '.join(fields)}"
    assert pager.items() == []
    assert 'pager_refused_total{code="422"} 1.0' in pager.client.get("/metrics").text


def test_what_is_no_json_and_what_is_too_long_are_refused(pager: Running) -> None:
    broken, long = (
        pager.client.post("/webhook", content=b"{"),
        pager.client.post("/webhook", content=b" " * LONGEST * 2),
    )
    assert (broken.status_code, broken.json()["errors"][0]["field"]) == (422, "the body")
    assert (long.status_code, "max_alerts" in long.json()["detail"]) == (413, True)


def test_a_later_alertmanager_may_say_more(pager: Running) -> None:
    assert pager.told(alert(news="x"), news="x").status_code == 200


def test_a_disk_that_is_full_is_told_to_alertmanager_which_comes_again(pager: Running) -> None:
    pager.told(alert("A"))
    file = pager.folder / "data" / "deliveries.jsonl"
    whole = file.read_bytes()
    file.unlink()
    file.symlink_to("/dev/full")
    refused = pager.told(alert("B"))
    assert (refused.status_code, refused.json()["detail"]) == (
        503,
        "the disk takes no delivery: No space left on device",
    )
    file.unlink()
    file.write_bytes(whole + b'{"id": 2, "half of a li')
    assert [item["alertname"] for item in pager.items()] == ["A"]
    assert pager.told(alert("B")).json() == {"delivered": [2]}
    assert [item.alertname for item in Inbox(pager.folder / "data").deliveries(Wanted())] == ["B", "A"]
