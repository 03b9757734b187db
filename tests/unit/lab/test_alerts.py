"""alerts.*: what each of the three knows is put together, what is asked for happens once, what is wrong is named."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from lab.checks import alerts as checks
from lab.core.config import Runtime
from lab.core.errors import AnswerError, UsageError
from lab.core.state import LabState
from lab.flows import alerts
from lab.tools import alertmanager, pager, prometheus
from lab.tools.ports import free_ports
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


def silence(
    state: str = "active", minutes: int = 10, matchers: Any = None, identifier: str = SILENCE
) -> dict[str, Any]:
    only = [{"name": "alertname", "value": "HighErrorRate", "isRegex": False, "isEqual": True}]
    times = {"startsAt": BEGAN.isoformat(), "endsAt": (NOW + timedelta(minutes=minutes)).isoformat()}
    words = {"createdBy": "me", "comment": "known", "updatedAt": NOW.isoformat()}
    return {"id": identifier, "status": {"state": state}, "matchers": matchers or only, **times, **words}


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


def known(platform: Platform, *silences: dict[str, Any]) -> None:
    groups = {"groups": [{"name": "g", "rules": [{"name": "HighErrorRate"}, {"name": "SlowOrders"}]}]}
    platform.answers = {
        "GET /api/v1/rules": (200, {"status": "success", "data": groups}),
        "GET /api/v2/alerts": (200, [arrived()]),
        "GET /api/v2/silences": (200, list(silences)),
        "POST /api/v2/silences": (200, {"silenceID": SILENCE}),
        f"DELETE /api/v2/silence/{SILENCE}": (200, None),
    }


def test_an_alert_is_silenced_by_its_name_alone(platform: Platform) -> None:
    known(platform)
    made = alerts.silence("HighErrorRate", 30, "we know")
    (body,) = platform.asked_for("POST /api/v2/silences")
    assert body["matchers"] == [{"name": "alertname", "value": "HighErrorRate", "isRegex": False, "isEqual": True}]
    assert (body["comment"], "id" in body) == ("we know", False)
    assert datetime.fromisoformat(body["endsAt"]) - datetime.fromisoformat(body["startsAt"]) == timedelta(minutes=30)
    assert (made.id, made.mutes, made.extended) == (SILENCE, 1, False)
    assert alerts.render_silence(made).startswith("HighErrorRate is silenced until ")


@pytest.mark.parametrize(("minutes", "left", "ends"), [(30, 10, 30), (5, 10, 10)])
def test_a_second_silence_extends_the_first_and_never_cuts_it(
    platform: Platform, minutes: int, left: int, ends: int
) -> None:
    wide = [{"name": "alertname", "value": ".+", "isRegex": True, "isEqual": True}]
    known(platform, silence("expired", 60), silence(matchers=wide, minutes=90), silence(minutes=left))
    made = alerts.silence("HighErrorRate", minutes, None)
    (body,) = platform.asked_for("POST /api/v2/silences")
    assert (body["id"], body["comment"], body["startsAt"]) == (
        SILENCE,
        "known",
        BEGAN.isoformat().replace("+00:00", "Z"),
    )
    assert NOW <= datetime.fromisoformat(body["endsAt"]) - timedelta(minutes=ends) <= datetime.now(UTC)
    assert (made.extended, alerts.render_silence(made).split(" until ")[0]) == (
        True,
        "HighErrorRate goes on being silenced",
    )


def test_an_alert_that_is_unknown_is_refused_with_those_there_are(platform: Platform) -> None:
    known(platform)
    with pytest.raises(UsageError, match="no alert is called 'HighErorRate'") as caught:
        alerts.silence("HighErorRate", 30, None)
    assert caught.value.fix == "one of: HighErrorRate, SlowOrders"
    assert platform.asked_for("POST /api/v2/silences") == []


def test_before_prometheus_has_rules_that_is_said_and_no_list_of_none(platform: Platform) -> None:
    known(platform)
    platform.answers["GET /api/v1/rules"] = (200, {"status": "success", "data": {"groups": []}})
    with pytest.raises(AnswerError, match="Prometheus has no rules yet") as caught:
        alerts.silence("SlowOrders", 30, None)
    assert "./inv lab.up" in caught.value.fix
    assert alerts.silence("HighErrorRate", 30, None).id == SILENCE  # Alertmanager has it


@pytest.mark.parametrize("minutes", [0, -5, 7 * 24 * 60 + 1])
def test_a_silence_that_ends_before_it_began_or_never_is_refused(platform: Platform, minutes: int) -> None:
    with pytest.raises(UsageError, match=f"--minutes {minutes}"):
        alerts.silence("HighErrorRate", minutes, None)
    assert platform.asked == []


@pytest.mark.parametrize("which", ["HighErrorRate", SILENCE])
def test_a_silence_is_ended_by_its_id_or_its_alert(platform: Platform, which: str) -> None:
    known(platform, silence(), silence("expired", identifier="gone"))
    assert alerts.unsilence(which).model_dump() == {"ended": [SILENCE], "words": "HighErrorRate is told of again"}
    assert len(platform.asked_for(f"DELETE /api/v2/silence/{SILENCE}")) == 1


def test_ending_what_has_ended_is_no_error_and_what_never_was_is(platform: Platform) -> None:
    node = [{"name": "node", "value": "worker", "isRegex": False, "isEqual": True}]
    known(platform, silence("expired", identifier="gone"), silence(matchers=node))
    assert alerts.unsilence("gone").words == "gone had ended before"
    assert alerts.unsilence("SlowOrders").words == "nothing silences SlowOrders"
    with pytest.raises(UsageError, match="no silence has the id 'never'") as caught:
        alerts.unsilence("never")
    assert caught.value.fix == f"./inv alerts.unsilence {SILENCE} (node=worker)"


ASK: list[tuple[str, str, Callable[[LabState], object]]] = [
    ("prometheus", "Prometheus", lambda state: prometheus.Prometheus.of(state).alerts()),
    ("prometheus", "Prometheus", lambda state: prometheus.Prometheus.of(state).known()),
    ("alertmanager", "Alertmanager", lambda state: alertmanager.Alertmanager.of(state).alerts()),
    ("alertmanager", "Alertmanager", lambda state: alertmanager.Alertmanager.of(state).silences()),
    ("pager", "pager", lambda state: pager.Pager.of(state).deliveries()),
]


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
