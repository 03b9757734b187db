"""Whether the platform watches: what it does not see, does not deliver, what fires, what is left of the budget."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.checks import platform
from lab.core.config import Profile
from lab.core.paths import Paths
from lab.core.profiles import APPLICATIONS
from lab.core.state import SERVICES, LabState
from lab.stages.kind import KindRung
from tests.serving import serving

TARGET = {"scrapePool": "services", "scrapeUrl": "http://10.0.0.1:8000/metrics", "health": "up", "lastError": ""}
ALERT: dict[str, Any] = {"annotations": {}, "activeAt": "2026-01-01T00:00:00Z", "value": "1"}


class Answers:
    """What Prometheus and the pager answer, by path."""

    def __init__(self) -> None:
        self.by_path: dict[str, Any] = {}
        self.state = LabState(runtime="kind", lab_id="0", services=dict.fromkeys(SERVICES, 0), localstack=0)

    def data(self, path: str, **data: Any) -> None:
        self.by_path[path] = {"status": "success", "data": data}


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers()

    with serving(lambda asked: (200, json.dumps(made.by_path.get(asked.url.path, {})).encode())) as port:
        made.state = made.state.model_copy(update={"prometheus": port, "alertmanager": port, "pager": port})
        yield made


def test_a_target_that_is_not_up_is_named_with_its_reason(answers: Answers) -> None:
    answers.data("/api/v1/targets", activeTargets=[TARGET])
    assert platform.unwatched(answers.state, timeout=1) == []
    answers.data("/api/v1/targets", activeTargets=[TARGET, TARGET | {"health": "down", "lastError": "refused"}])
    (wrong,) = platform.unwatched(answers.state, timeout=0.1)
    assert wrong == "Prometheus does not see services http://10.0.0.1:8000/metrics: refused"


def test_a_heartbeat_that_does_not_arrive_is_a_problem_and_where_it_stopped_is_told(answers: Answers) -> None:
    def wrong() -> str:
        (said,) = platform.unheard(answers.state, timeout=0.1)
        return said.removeprefix("Watchdog was not delivered to the pager: ")

    assert wrong().endswith("answers GET /deliveries with what is not understood")
    answers.by_path["/deliveries"] = {"now": "2026-01-01T00:00:00Z", "items": []}
    answers.data("/api/v1/rules", groups=[])
    assert wrong() == "Prometheus has no rules yet"
    answers.data("/api/v1/rules", groups=[{"rules": [{"name": "Watchdog"}]}])
    answers.data("/api/v1/alerts", alerts=[])
    answers.by_path["/api/v2/alerts"] = []
    assert wrong() == "Prometheus has rules, and Watchdog does not fire yet"
    answers.data("/api/v1/alerts", alerts=[ALERT | {"labels": {"alertname": "Watchdog"}, "state": "firing"}])
    assert wrong() == "not taken by Alertmanager yet"


@pytest.mark.parametrize("profile", ["core", "full"])
def test_a_rise_ends_with_the_heartbeat_where_there_is_a_pager(
    answers: Answers, tmp_path: Path, profile: Profile
) -> None:
    pager = {"profile": profile, "pager": answers.state.pager if profile == "full" else 0}
    steps = KindRung(Paths(tmp_path), answers.state.model_copy(update=pager)).steps()
    needs = {step.name: step.needs for step in steps}
    assert needs.get("heartbeat") == (APPLICATIONS["full"] if profile == "full" else None)


def test_what_fires_is_told_without_the_heartbeat_and_what_is_pending(answers: Answers) -> None:
    states = {"Watchdog": "firing", "OutboxAge": "firing", "QueueAge": "pending"}
    answers.data("/api/v1/alerts", alerts=[ALERT | {"labels": {"alertname": n}, "state": s} for n, s in states.items()])
    assert platform.firing(answers.state) == ["OutboxAge"]


def test_a_prometheus_that_is_away_is_said_and_takes_no_budget(answers: Answers) -> None:
    away = answers.state.model_copy(update={"prometheus": 1})
    assert platform.firing(away) == ["unknown: Prometheus at http://127.0.0.1:1 does not answer"]
    assert platform.budgets(away) == {}
    (wrong,) = platform.unwatched(away, timeout=0.1)
    assert wrong.startswith("targets: Prometheus at http://127.0.0.1:1 does not answer: ")


def test_budgets_are_told_by_their_slo(answers: Answers) -> None:
    sample = {"metric": {"slo": "latency"}, "value": [0, "0.75"]}
    answers.data("/api/v1/query", result=[sample])
    assert platform.budgets(answers.state) == {"latency": 0.75}
