"""The lab's pager: what Alertmanager delivered, and when."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from lab.core.state import LabState
from lab.tools.observed import Answer, Server, port


class Delivery(Answer):
    """An alert as it was delivered; `received_at` is the pager's clock, `starts_at` when the alert began to fire."""

    id: int
    received_at: datetime = Field(alias="received_at")
    status: Literal["firing", "resolved"]
    alertname: str
    severity: str
    owner: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    fingerprint: str
    group_key: str
    receiver: str
    truncated_alerts: int


class _Deliveries(Answer):
    now: datetime
    items: list[Delivery]


class Pager:
    """Its API on 127.0.0.1:`port`."""

    def __init__(self, port: int) -> None:
        self._server = Server(port, "the pager", "app.kubernetes.io/name=pager")

    @classmethod
    def of(cls, state: LabState) -> Self:
        """Return that of a running lab. Raises UsageError where there is none."""
        return cls(port(state, "pager", "pager"))

    def deliveries(
        self, since: datetime | None = None, status: str | None = None, alertname: str | None = None
    ) -> list[Delivery]:
        """Return what was delivered (after `since`, of that status and name), the newest first."""
        asked = {"since": since.isoformat() if since else None, "status": status, "alertname": alertname}
        params = {name: value for name, value in asked.items() if value is not None}
        return self._server.ask(_Deliveries, "GET", "/deliveries", params=params).items
