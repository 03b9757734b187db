"""An alert's whole way on real programs: Prometheus, Alertmanager by the lab's own configuration, the pager."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from lab.checks import alerts as checks
from lab.core.errors import UsageError
from lab.core.state import LabState
from lab.core.wait import wait
from lab.flows import alerts
from lab.tools.alertmanager import Alertmanager
from lab.tools.pager import Delivery, Pager
from lab.tools.ports import free_ports
from tests.servers.alerting import alertmanager, pager, prometheus, values

if missing := [name for name in ("alertmanager", "prometheus") if shutil.which(name) is None]:
    pytest.skip(f"not on PATH: {' and '.join(missing)}; no alert can travel", allow_module_level=True)

TOKEN = "the-pagers-token"
RULES: list[dict[str, Any]] = [
    {"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}},
    {"alert": "Fires", "expr": "vector(1)", "labels": {"severity": "page", "owner": "shop"}},
    {"alert": "IsPending", "expr": "vector(1)", "for": "1h", "labels": {"severity": "ticket"}},
    {"alert": "IsShown", "expr": "vector(1)", "labels": {"severity": "none"}},
    {"alert": "NeverFires", "expr": "vector(1) > 2", "labels": {"severity": "page"}},
]


@dataclass(frozen=True)
class Chain:
    """The running three, as a lab that has them."""

    state: LabState
    folder: Path

    def post(self, *labels: dict[str, str], ended: bool = False) -> None:
        """Fire alerts (or end them) as Prometheus does."""
        now = datetime.now(UTC)
        ends = now if ended else now + timedelta(minutes=10)
        body = [{"labels": one, "startsAt": now.isoformat(), "endsAt": ends.isoformat()} for one in labels]
        url = f"http://127.0.0.1:{self.state.alertmanager}/api/v2/alerts"
        httpx.post(url, json=body, trust_env=False).raise_for_status()

    def muted(self, name: str, **labels: str) -> bool:
        """Return whether Alertmanager keeps the alert back."""
        (found,) = (
            alert
            for alert in Alertmanager.of(self.state).alerts()
            if {"alertname": name, **labels}.items() <= alert.labels.items()
        )
        return found.status.state == "suppressed"

    def delivered(self, name: str, status: str = "firing", within: float = 40) -> Delivery:
        """Wait for a delivery and return the first."""
        ask = lambda: Pager.of(self.state).deliveries(status=status, alertname=name)  # noqa: E731 - named for the wait
        return wait(f"{name} {status}", ask, bool, explain=lambda _: "not delivered", timeout=within)[-1]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder, ports = tmp_path_factory.mktemp("alerting"), free_ports(3)
    (folder / "token").write_text(TOKEN)
    text = yaml.safe_dump(values("local")["alertmanager"]["config"])
    text = text.replace("http://pager.monitoring/", f"http://127.0.0.1:{ports[0]}/")
    text = text.replace("/etc/alertmanager/secrets/pager/", f"{folder}/")
    (folder / "alertmanager.yaml").write_text(text)
    services = {"user": 1, "order": 2, "notification": 3}
    state = LabState(runtime="kind", lab_id="x", services=services, localstack=1)
    state = state.model_copy(update=dict(zip(("pager", "alertmanager", "prometheus"), ports, strict=True)))
    with (
        pager(folder, ports[0]),
        alertmanager(folder, ports[1], folder / "alertmanager.yaml"),
        prometheus(folder, ports[2], ports[1], RULES),
    ):
        yield Chain(state, folder)


@pytest.fixture
def lab(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """The chain as the lab that is up."""
    monkeypatch.setattr(alerts, "require", lambda _: chain.state)
    return chain


def seen(chain: Chain, ready: Callable[[checks.Seen], bool], name: str) -> checks.Seen:
    """Wait until an alert is seen as it should be."""

    def look() -> checks.Seen | None:
        return next((one for one in checks.look(chain.state) if one.alertname == name), None)

    found = wait(name, look, lambda one: one is not None and ready(one), timeout=40)
    assert found is not None
    return found


def test_a_page_is_delivered_seconds_after_it_began_to_fire_and_its_delay_is_told(lab: Chain) -> None:
    found = seen(lab, lambda one: one.delivered_at is not None, "Fires")
    assert (found.state, found.severity, found.owner) == ("firing", "page", "shop")
    assert found.delay_seconds is not None
    assert found.delay_seconds > 4  # group_wait is 5 s
    assert found.words == f"delivered after {found.delay_seconds:.1f} s"
    delivery = lab.delivered("Fires")
    assert (delivery.labels["cluster"], delivery.receiver) == ("tests", "page")
    listed = {one.alertname: one for one in alerts.listed()}
    assert (listed["IsPending"].state, listed["IsPending"].words) == ("pending", "pending")
    assert listed["IsShown"].words == "told to nobody, by its severity"
    assert "NeverFires" not in listed


def test_the_heartbeat_is_delivered_without_the_wait_of_a_page(lab: Chain) -> None:
    beat, page = (seen(lab, lambda one: one.delivered_at is not None, name) for name in ("Watchdog", "Fires"))
    assert beat.delivered_at is not None
    assert page.delivered_at is not None
    assert (page.delivered_at - beat.delivered_at).total_seconds() > 3  # both began to fire together
    assert lab.delivered("Watchdog").receiver == "heartbeat"


def test_a_silenced_alert_is_not_told_of_until_it_is_not_silenced_and_its_end_is_told(lab: Chain) -> None:
    told, quiet = {"alertname": "Told", "severity": "page"}, {"alertname": "Quiet", "severity": "page"}
    lab.post(quiet)
    made = alerts.silence("Quiet", 5, "we know")
    lab.post(told)
    lab.delivered("Told", within=12)
    assert lab.muted("Quiet")
    assert not lab.muted("Told")
    assert (made.mutes, made.extended, Pager.of(lab.state).deliveries(alertname="Quiet")) == (1, False, [])

    longer = alerts.silence("Quiet", 30, None)
    assert (longer.id, len(made.id), longer.extended, longer.comment) == (made.id, 36, True, "we know")
    assert longer.until > made.until + timedelta(minutes=20)
    assert alerts.silence("Quiet", 1, None).until == longer.until  # extended, never cut
    assert [one.status.state for one in Alertmanager.of(lab.state).silences()] == ["active"]

    lab.post(told, ended=True)
    assert alerts.unsilence("Quiet").ended == [made.id]
    assert alerts.unsilence(made.id).words == f"{made.id} had ended before"
    assert lab.delivered("Told", "resolved").receiver == "page"
    assert lab.delivered("Quiet").receiver == "page"


def test_a_page_mutes_its_ticket_a_node_its_pods_and_a_lost_target_what_is_judged_by_it(lab: Chain) -> None:
    page, ticket = {"severity": "page"}, {"severity": "ticket"}
    lab.post(
        {"alertname": "Errors", "namespace": "shop", "service": "order", **page},
        {"alertname": "Errors", "namespace": "shop", "service": "order", **ticket},
        {"alertname": "Errors", "namespace": "shop", "service": "user", **ticket},
        {"alertname": "FastBurn", "slo": "availability", "service": "order", **page},
        {"alertname": "SlowBurn", "slo": "availability", "service": "order", **ticket},
        {"alertname": "SlowBurn", "slo": "latency", "service": "order", **ticket},
        {"alertname": "NodeDiskPressure", "node": "worker", **page},
        {"alertname": "PodCrashLooping", "node": "worker", "pod": "a", **page},
        {"alertname": "PodCrashLooping", "node": "other", "pod": "b", **page},
        {"alertname": "PodCrashLooping", "pod": "c", **page},
        {"alertname": "TargetDown", "job": "order-service", **page},
        {"alertname": "OutboxOld", "namespace": "shop", "job": "order-service", **ticket},
        {"alertname": "OutboxOld", "namespace": "shop", "job": "user-service", **ticket},
        {"alertname": "NoOrders", "namespace": "shop", "job": "order-service", **page},
        {"alertname": "DlqNotEmpty", "namespace": "shop", **ticket},
        # Nothing says what these are about, so they mute nothing:
        {"alertname": "TargetDown", **ticket},
        {"alertname": "OutboxOld", "namespace": "data", **ticket},
        {"alertname": "NodeClockSkew", **page},
        {"alertname": "BudgetSpent", "service": "user", **page},
        {"alertname": "BudgetLow", "service": "user", **ticket},
    )
    muted = {
        ("Errors", "order", "ticket"): True,
        ("Errors", "user", "ticket"): False,
        ("Errors", "order", "page"): False,
    }
    for (name, service, severity), expected in muted.items():
        assert lab.muted(name, service=service, severity=severity) is expected
    assert (lab.muted("SlowBurn", slo="availability"), lab.muted("SlowBurn", slo="latency")) == (True, False)
    assert [lab.muted("PodCrashLooping", pod=pod) for pod in "abc"] == [True, False, False]
    assert [lab.muted("OutboxOld", job=f"{name}-service") for name in ("order", "user")] == [True, False]
    assert not lab.muted("OutboxOld", namespace="data")
    assert not any(lab.muted(name) for name in ("BudgetLow", "NoOrders", "DlqNotEmpty", "NodeDiskPressure"))


def test_an_unknown_alert_is_refused_with_those_there_are(lab: Chain) -> None:
    with pytest.raises(UsageError, match="no alert is called 'Fire'") as caught:
        alerts.silence("Fire", 30, None)
    assert all(rule["alert"] in caught.value.fix for rule in RULES)
    assert alerts.unsilence("NeverFires").words == "nothing silences NeverFires"
    with pytest.raises(UsageError, match="no silence has the id 'Fire'"):
        alerts.unsilence("Fire")


def test_alertmanager_brings_the_token_that_its_file_has_now(lab: Chain) -> None:
    lab.post({"alertname": "BeforeTheRotation", "severity": "page"})
    lab.delivered("BeforeTheRotation")
    (lab.folder / "token").write_text("another-token")
    lab.post({"alertname": "AfterTheRotation", "severity": "page"})
    lab.delivered("AfterTheRotation")
