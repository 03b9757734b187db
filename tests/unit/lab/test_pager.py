"""The pager, over HTTP: what is delivered is kept, what is wrong is named, what fires is shown once."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from lab.core.wait import wait
from lab.pager import inbox as kept
from lab.pager import page
from lab.pager.app import LONGEST, application
from lab.pager.inbox import Inbox
from lab.pager.payload import Notification, Wanted
from lab.tools.ports import free_ports

STARTED = "2026-11-25T10:00:00.123456789Z"


def alert(name: str = "HighErrorRate", status: str = "firing", **more: Any) -> dict[str, Any]:
    labels = {"alertname": name, "severity": "page", "owner": "shop", "service": "order"}
    annotations = {"summary": "orders fail", "runbook_url": "https://example.org/runbook#high-error-rate"}
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-25T10:05:00Z"
    known = {"status": status, "labels": labels, "annotations": annotations, "startsAt": STARTED, "endsAt": ends}
    return {**known, "generatorURL": "http://prometheus/graph", "fingerprint": f"of-{name}", **more}


def notification(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {"version": "4", "groupKey": '{}:{alertname="HighErrorRate"}', "status": "firing", "receiver": "page"}
    return {**known, "truncatedAlerts": 0, "groupLabels": {}, "alerts": list(alerts or [alert()]), **more}


def sent(*alerts: dict[str, Any], **more: Any) -> Notification:
    return Notification.model_validate(notification(*alerts, **more))


@dataclass(frozen=True)
class Running:
    """A pager that serves, and its folder."""

    client: httpx.Client
    folder: Path
    inbox: Inbox

    def told(self, *alerts: dict[str, Any], **more: Any) -> httpx.Response:
        return self.client.post("/webhook", json=notification(*alerts, **more))

    def items(self, **wanted: str) -> list[dict[str, Any]]:
        answer = self.client.get("/deliveries", params=wanted)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return found


@pytest.fixture
def pager(tmp_path: Path) -> Iterator[Running]:
    port, inbox = free_ports(1)[0], Inbox(tmp_path / "data")
    config = uvicorn.Config(application(inbox, tmp_path / "token"), port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait("the pager", lambda: server.started, bool, delay=0.01)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield Running(client, tmp_path, inbox)
    server.should_exit = True
    thread.join(timeout=5)


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


def test_a_notification_that_is_repeated_is_two_deliveries_and_one_alert_that_fires(pager: Running) -> None:
    pager.told()
    pager.told()
    assert [item["id"] for item in pager.items()] == [2, 1]
    text = pager.client.get("/").text
    assert text.count("<article") == 1
    assert text.count("<tr><td>") == 2
    assert "(1) pager" in text


def test_what_is_resolved_fires_no_more_and_stays_in_the_history(pager: Running) -> None:
    pager.told(alert(), alert("SlowOrders"))
    pager.told(alert(status="resolved"))
    firing, _, history = pager.client.get("/").text.partition("<h2>Delivered</h2>")
    assert ("SlowOrders" in firing, "HighErrorRate" in firing) == (True, False)
    assert history.count("HighErrorRate") == 2
    assert "resolved</span>" in history


def test_alerts_that_were_left_out_of_a_notification_are_told(pager: Running) -> None:
    pager.told(truncatedAlerts=7)
    text = pager.client.get("/").text
    assert "7 more alerts of the group" in text
    assert "7 more of its group were left out" in text
    assert pager.items()[0]["truncatedAlerts"] == 7
    assert "pager_truncated_alerts_total 7.0" in pager.client.get("/metrics").text


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


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer", "Basic the-token", "the-token"])
def test_without_the_token_nothing_is_delivered(pager: Running, given: str | None) -> None:
    (pager.folder / "token").write_text("the-token\n")
    answer = pager.client.post("/webhook", json=notification(), headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "the-token" not in answer.text
    assert pager.items() == []


def test_a_token_that_is_rotated_counts_at_once_and_an_empty_one_lets_nobody_in(pager: Running) -> None:
    def code(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}".strip()}
        return pager.client.post("/webhook", json=notification(), headers=headers).status_code

    assert pager.told().status_code == 200
    (pager.folder / "token").write_text("first")
    assert (code("first"), code("second")) == (200, 401)
    (pager.folder / "token").write_text("second")
    assert (code("first"), code("second")) == (401, 200)
    (pager.folder / "token").write_text("second\nthird\n")
    assert (code("first"), code("second"), code("third"), code("second\tthird")) == (401, 200, 200, 401)
    (pager.folder / "token").write_text("")
    assert (code(""), code("any")) == (401, 401)


def test_whether_a_token_is_taken_can_be_asked_and_is_no_delivery(pager: Running) -> None:
    (pager.folder / "token").write_text("the-token")
    asked = [pager.client.get("/webhook", headers={"Authorization": f"Bearer {word}"}) for word in ("the-token", "x")]
    assert [answer.status_code for answer in asked] == [204, 401]
    assert pager.items() == []
    assert "pager_refused_total{" not in pager.client.get("/metrics").text


def test_deliveries_are_asked_for_by_time_status_and_name(pager: Running) -> None:
    pager.told(alert("A"))
    first = pager.items()[0]["received_at"]
    pager.told(alert("B"), alert("A", "resolved"))
    assert [item["alertname"] for item in pager.items(since=first)] == ["A", "B"]
    assert [item["alertname"] for item in pager.items(status="resolved")] == ["A"]
    assert [item["status"] for item in pager.items(alertname="A")] == ["resolved", "firing"]
    assert [item["id"] for item in pager.items(alertname="A", status="firing", since=first)] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("since=now", "since"), ("since=2026-11-25T10:00:00", "since"), ("status=on", "status"), ("name=A", "name")],
)
def test_a_question_that_is_not_understood_is_refused_by_its_name(pager: Running, query: str, field: str) -> None:
    answer = pager.client.get(f"/deliveries?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_a_way_that_leads_nowhere_is_a_problem_too(pager: Running) -> None:
    away, wrong = pager.client.get("/alerts"), pager.client.put("/webhook")
    assert [answer.status_code for answer in (away, wrong)] == [404, 405]
    assert {answer.headers["content-type"] for answer in (away, wrong)} == {"application/problem+json"}


def test_the_page_shows_what_was_sent_and_runs_nothing_of_it(pager: Running) -> None:
    bad = "<script>alert(1)</script>"
    labels = {"alertname": bad, "severity": bad, "owner": bad, "pod": bad}
    pager.told(
        alert(
            labels=labels,
            annotations={"summary": bad, "description": f"more {bad}", "runbook_url": "javascript:alert(1)"},
        )
    )
    answer = pager.client.get("/")
    assert "<script" not in answer.text
    assert 'href="javascript' not in answer.text
    assert answer.text.count("&lt;script&gt;") == 10
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")


def test_the_page_leads_to_the_runbook_and_puts_pages_before_tickets(pager: Running) -> None:
    ticket = alert("SlowOrders", labels={"alertname": "SlowOrders", "severity": "ticket"})
    pager.told()
    pager.told(ticket)
    text = pager.client.get("/").text
    assert '<a href="https://example.org/runbook#high-error-rate"' in text
    assert text.index('<article class="page">') < text.index('<article class="ticket">')
    assert f'<meta http-equiv="refresh" content="{page._REFRESH}">' in text


def test_the_page_shows_when_what_always_fires_was_heard_last_and_that_it_was_not(
    pager: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "The heartbeat was never heard" in pager.client.get("/").text
    pager.told(alert("Watchdog"), receiver="heartbeat")
    text = pager.client.get("/").text
    assert "Heartbeat 0 s ago" in text
    assert ("Nothing fires" in text, "<title>pager</title>" in text) == (True, True)
    monkeypatch.setattr(page, "_LATE", timedelta(0))
    assert re.search(r"The heartbeat was last heard \d+ s ago: alerts may not arrive", pager.client.get("/").text)


def test_the_page_stays_short_whatever_fires(pager: Running) -> None:
    pager.told(*(alert(f"Alert{number}") for number in range(page._SHOWN + 30)))
    text = pager.client.get("/").text
    assert text.count("<article") == text.count("<tr><td>") == page._SHOWN
    assert "30 more fire." in text
    assert f'The last {page._SHOWN} of {page._SHOWN + 30}; <a href="/deliveries">' in text


def test_deliveries_are_counted(pager: Running) -> None:
    pager.told(alert("A"), alert("B"))
    pager.told(alert("A", "resolved"))
    text = pager.client.get("/metrics").text
    assert 'pager_deliveries_total{severity="page",status="firing"} 2.0' in text
    assert 'pager_deliveries_total{severity="page",status="resolved"} 1.0' in text
    assert "pager_firing_alerts 1.0" in text


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


def test_a_folder_that_is_gone_makes_it_not_ready_and_says_why(pager: Running) -> None:
    assert pager.client.get("/health/ready").status_code == 200
    (pager.folder / "data").rename(pager.folder / "gone")
    answer = pager.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"]["reason"].endswith("deliveries.jsonl: No such file or directory")
    assert pager.client.get("/health/live").status_code == 200


def test_an_inbox_is_bounded_by_number_and_forgets_no_alert_that_fires(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, kept=10)
    inbox.add(sent(alert("Old")))
    for _ in range(30):
        inbox.add(sent(alert("New")))
    for seen in (inbox, Inbox(tmp_path, kept=10)):
        assert [one.id for one in seen.deliveries(Wanted())] == list(range(31, 21, -1))
        assert [one.alertname for one in seen.firing()] == ["New", "Old"]
    assert Inbox(tmp_path, kept=10).add(sent(alert("New")))[0].id == 32  # writes the file anew
    again = Inbox(tmp_path, kept=10)
    assert [one.alertname for one in again.firing()] == ["New", "Old"]
    assert again.add(sent())[0].id == 33


def test_an_inbox_is_bounded_by_size_on_disk_too(tmp_path: Path) -> None:
    inbox, text = Inbox(tmp_path, kept_bytes=20_000), {"summary": "x" * 1_000}
    for _ in range(200):
        inbox.add(sent(alert(annotations=text)))
    assert 10 < len(inbox.deliveries(Wanted())) < 20
    assert (tmp_path / "deliveries.jsonl").stat().st_size < 45_000
    assert Inbox(tmp_path, kept_bytes=20_000).deliveries(Wanted())[0].id == 200


def test_ids_go_on_after_a_restart_and_lines_that_are_none_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Inbox(tmp_path).add(sent(alert("A")))
    with (tmp_path / "deliveries.jsonl").open("a") as file:
        file.write('{"id": 2, "rece')
    again = Inbox(tmp_path)
    assert "1 lines are no deliveries" in capsys.readouterr().err
    again.add(sent(alert("B")))
    assert [(one.id, one.alertname) for one in Inbox(tmp_path).deliveries(Wanted())] == [(2, "B"), (1, "A")]


def test_an_alert_that_nobody_told_of_for_longer_than_any_repeat_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(tmp_path)
    inbox.add(sent())
    assert len(inbox.firing()) == 1
    monkeypatch.setattr(kept, "QUIET", timedelta(0))
    assert inbox.firing() == []
