"""Prometheus: which alerts fire or are about to, and which there are."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from lab.core.state import LabState
from lab.tools.observed import Answer, Server, port


class Alert(Answer):
    """An alert as a rule made it; `active_at` is when its expression became true, before it began to fire."""

    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    state: Literal["pending", "firing"]
    active_at: datetime
    value: str


class _Alerts(Answer):
    alerts: list[Alert]


class _Alerting(Answer):
    status: Literal["success"]
    data: _Alerts


class _Rule(Answer):
    name: str


class _Group(Answer):
    rules: list[_Rule]


class _Groups(Answer):
    groups: list[_Group]


class _Rules(Answer):
    status: Literal["success"]
    data: _Groups


class _Target(Answer):
    scrape_pool: str
    scrape_url: str
    health: Literal["up", "down", "unknown"]
    last_error: str


class _ActiveTargets(Answer):
    active_targets: list[_Target]


class _Targets(Answer):
    status: Literal["success"]
    data: _ActiveTargets


class _Sample(Answer):
    metric: dict[str, str]
    value: tuple[float, str]


class _Vector(Answer):
    result: list[_Sample]


class _Queried(Answer):
    status: Literal["success"]
    data: _Vector


class Prometheus:
    """Its HTTP API on 127.0.0.1:`port`."""

    def __init__(self, port: int) -> None:
        self._server = Server(port, "Prometheus", "app.kubernetes.io/name=prometheus")

    @classmethod
    def of(cls, state: LabState) -> Self:
        """Return that of a running lab. Raises UsageError where there is none."""
        return cls(port(state, "prometheus", "Prometheus"))

    def alerts(self) -> list[Alert]:
        """Return what fires and what is pending."""
        return self._server.ask(_Alerting, "GET", "/api/v1/alerts").data.alerts

    def known(self) -> list[str]:
        """Return the name of every alert that a rule can make."""
        groups = self._server.ask(_Rules, "GET", "/api/v1/rules", params={"type": "alert"}).data.groups
        return sorted({rule.name for group in groups for rule in group.rules})

    def down(self) -> list[str]:
        """Return every target that is not up, and why."""
        found = self._server.ask(_Targets, "GET", "/api/v1/targets", params={"state": "active"}).data.active_targets
        return [f"{t.scrape_pool} {t.scrape_url}: {t.last_error or t.health}" for t in found if t.health != "up"]

    def values(self, query: str, label: str) -> dict[str, float]:
        """Return what an instant query answers, by the value of a label."""
        found = self._server.ask(_Queried, "GET", "/api/v1/query", params={"query": query}).data.result
        return {sample.metric.get(label, ""): float(sample.value[1]) for sample in found}
