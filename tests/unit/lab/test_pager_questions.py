"""What the pager can be asked: for deliveries, for numbers, and whether it is ready."""

import pytest

from tests.unit.lab.served_pager import Running, alert, pager

__all__ = ["pager"]


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


def test_deliveries_are_counted(pager: Running) -> None:
    pager.told(alert("A"), alert("B"))
    pager.told(alert("A", "resolved"))
    text = pager.client.get("/metrics").text
    assert 'pager_deliveries_total{severity="page",status="firing"} 2.0' in text
    assert 'pager_deliveries_total{severity="page",status="resolved"} 1.0' in text
    assert "pager_firing_alerts 1.0" in text


def test_a_folder_that_is_gone_makes_it_not_ready_and_says_why(pager: Running) -> None:
    assert pager.client.get("/health/ready").status_code == 200
    (pager.folder / "data").rename(pager.folder / "gone")
    answer = pager.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"]["reason"].endswith("deliveries.jsonl: No such file or directory")
    assert pager.client.get("/health/live").status_code == 200
