"""What Prometheus, Alertmanager and the pager say of one alert, and a server that answers for the three."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.core.config import Runtime
from lab.core.state import LabState
from lab.flows import alerts
from tests.serving import Asked, serving

NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN = NOW - timedelta(minutes=5)
SILENCE = "b3a1f1f0-0000-4000-8000-000000000001"


@dataclass
class Platform:
    """Prometheus, Alertmanager and the pager in one server, each path with its answer; `asked` is what came."""

    state: LabState = field(init=False)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def asked_for(self, what: str) -> list[Any]:
        return [body for path, body in self.asked if path == what]


def lab(port: int, runtime: Runtime = "kind") -> LabState:
    services = {"user": 1, "order": 2, "notification": 3}
    state = LabState(runtime=runtime, lab_id="x", services=services, localstack=1)
    return state.model_copy(update={"prometheus": port, "alertmanager": port, "pager": port})


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    made = Platform()

    def answer(asked: Asked) -> tuple[int, bytes]:
        what = f"{asked.method} {asked.url.path}"
        made.asked.append((what, json.loads(asked.body or b"null")))
        status, content = made.answers.get(what, (404, "no such path"))
        return status, b"" if content is None else json.dumps(content).encode()

    with serving(answer) as port:
        made.state = lab(port)
        monkeypatch.setattr(alerts, "require", lambda _: made.state)
        yield made


def rule(**labels: str) -> dict[str, Any]:
    known = {"alertname": "HighErrorRate", "severity": "page", "owner": "shop"}
    annotations = {"summary": "orders fail"}
    active = (BEGAN - timedelta(minutes=2)).isoformat()
    return {"labels": known | labels, "annotations": annotations, "state": "firing", "activeAt": active, "value": "1"}


def arrived(**more: Any) -> dict[str, Any]:
    labels = {**rule()["labels"], "cluster": "local"}
    status = {"state": "active", "silencedBy": [], "inhibitedBy": []}
    times = {"startsAt": BEGAN.isoformat(), "endsAt": NOW.isoformat(), "updatedAt": NOW.isoformat()}
    known = {"labels": labels, **times, "fingerprint": "f1", "receivers": [{"name": "page"}], "status": status}
    return known | more


def delivery(number: int, seconds: float, **more: Any) -> dict[str, Any]:
    alert, times = arrived(), {"startsAt": BEGAN.isoformat(), "endsAt": "0001-01-01T00:00:00+00:00"}
    known = {"id": number, "received_at": (BEGAN + timedelta(seconds=seconds)).isoformat(), "status": "firing"}
    named = {"alertname": "HighErrorRate", "severity": "page", "owner": "shop", "groupKey": "{}", "receiver": "page"}
    content = {"labels": alert["labels"], "annotations": {"summary": "orders [fail]"}, "fingerprint": "f1"}
    return {**known, **times, **named, **content, "truncatedAlerts": 0, **more}
