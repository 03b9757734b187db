"""Prometheus, Alertmanager and the pager are asked: what they say is shown, what does not answer is named."""

import re
from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from lab.core.errors import AnswerError, UsageError
from lab.core.state import LabState
from lab.flows import alerts
from lab.tools import alertmanager, pager, prometheus
from lab.tools.ports import free_ports
from tests.unit.lab.alert_sources import NOW, Platform, arrived, delivery, lab, platform, rule

__all__ = ["platform"]
ASK: list[tuple[str, str, Callable[[LabState], object]]] = [
    ("prometheus", "Prometheus", lambda state: prometheus.Prometheus.of(state).alerts()),
    ("prometheus", "Prometheus", lambda state: prometheus.Prometheus.of(state).known()),
    ("alertmanager", "Alertmanager", lambda state: alertmanager.Alertmanager.of(state).alerts()),
    ("alertmanager", "Alertmanager", lambda state: alertmanager.Alertmanager.of(state).silences()),
    ("pager", "pager", lambda state: pager.Pager.of(state).deliveries()),
]


def test_the_three_are_asked_and_what_they_say_is_shown(platform: Platform) -> None:
    platform.answers = {
        "GET /api/v1/alerts": (200, {"status": "success", "data": {"alerts": [rule()]}}),
        "GET /api/v2/alerts": (200, [arrived()]),
        "GET /deliveries": (200, {"now": NOW.isoformat(), "items": [delivery(1, 6, truncatedAlerts=4)]}),
    }
    console = Console(width=200, record=True, file=StringIO())
    console.print(alerts.render(alerts.listed()))
    console.print(alerts.render_inbox(alerts.inbox()))
    text = console.export_text()
    assert re.search(r"HighErrorRate .* firing .* page .* shop .* delivered after 6\.0 s .* orders fail", text)
    assert re.search(r"firing .* HighErrorRate .* orders \[fail\] \(4 more of its group were left out\)", text)


def test_the_inbox_refuses_a_status_that_is_none(platform: Platform) -> None:
    with pytest.raises(UsageError, match="--status 'open'") as caught:
        alerts.inbox(status="open")
    assert caught.value.fix == "one of: firing, resolved"


@pytest.mark.parametrize(("name", "called", "ask"), ASK)
def test_a_lab_without_it_says_so_and_how_to_get_it(name: str, called: str, ask: Callable[[LabState], object]) -> None:
    fix = "./inv lab.down, then ./inv lab.up --runtime kind --profile full"
    for runtime, why in (("kind", "its profile is core"), ("host", "it is on the host rung")):
        with pytest.raises(UsageError, match=f"this lab has no {called}") as caught:
            ask(lab(9).model_copy(update={name: 0, "runtime": runtime, "profile": "core"}))
        assert (caught.value.why, caught.value.fix) == (why, fix)


@pytest.mark.parametrize(("name", "called", "ask"), ASK)
def test_what_does_not_answer_refuses_or_is_not_understood_is_named_with_the_way_out(
    platform: Platform, name: str, called: str, ask: Callable[[LabState], object]
) -> None:
    gone = free_ports(1)[0]
    with pytest.raises(AnswerError, match=f"{called} at http://127.0.0.1:{gone} does not answer") as caught:
        ask(lab(gone))
    assert f"-l app.kubernetes.io/name={name}'" in caught.value.fix
    with pytest.raises(AnswerError, match=f"{called} at http://.* refused GET /"):
        ask(platform.state)
    for path in ("/api/v1/alerts", "/api/v1/rules", "/api/v2/alerts", "/api/v2/silences", "/deliveries"):
        platform.answers[f"GET {path}"] = (200, [{"status": "success"}])
    with pytest.raises(AnswerError, match=f"{called} at http://.* with what is not understood") as caught:
        ask(platform.state)
    assert caught.value.why
