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
