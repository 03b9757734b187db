"""The pager's page: what fires is shown once, what was delivered stays, and nothing that was sent runs."""

import re
from datetime import timedelta

import pytest

from lab.pager import page
from tests.unit.lab.served_pager import Running, alert, pager

__all__ = ["pager"]


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
