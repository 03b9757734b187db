"""Alertmanager's API v2: alerts and what mutes them, silences."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from lab.core.state import LabState
from lab.tools.observed import Answer, Server, port


class Status(Answer):
    """Whether an alert is told of: "suppressed" by silences or by other alerts (their fingerprints)."""

    state: Literal["active", "suppressed", "unprocessed"]
    silenced_by: list[str]
    inhibited_by: list[str]


class Receiver(Answer):
    """Who is told."""

    name: str


class Alert(Answer):
    """An alert as it arrived; `starts_at` is when it began to fire."""

    labels: dict[str, str]
    starts_at: datetime
    fingerprint: str
    receivers: list[Receiver]
    status: Status


class Matcher(Answer):
    """A label and what it must be."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class State(Answer):
    """Of a silence."""

    state: Literal["active", "pending", "expired"]


class Silence(Answer):
    """A silence: alerts that all its matchers fit are not told of until `ends_at`."""

    id: str
    status: State
    matchers: list[Matcher]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str

    def only(self, alertname: str) -> bool:
        """Return whether it silences the alert of that name, and no other."""
        return self.matchers == [Matcher(name="alertname", value=alertname)]


class _Made(Answer):
    silence_id: str = Field(alias="silenceID")


class Alertmanager:
    """Its API on 127.0.0.1:`port`."""

    def __init__(self, port: int) -> None:
        self._server = Server(port, "Alertmanager", "app.kubernetes.io/name=alertmanager")

    @classmethod
    def of(cls, state: LabState) -> Self:
        """Return that of a running lab. Raises UsageError where there is none."""
        return cls(port(state, "alertmanager", "Alertmanager"))

    def alerts(self) -> list[Alert]:
        """Return every alert that has not ended, muted or not."""
        return self._server.ask(list[Alert], "GET", "/api/v2/alerts")

    def silences(self) -> list[Silence]:
        """Return every silence, ended ones too while Alertmanager remembers them."""
        return self._server.ask(list[Silence], "GET", "/api/v2/silences")

    def silence(self, alertname: str, starts_at: datetime, ends_at: datetime, by: str, comment: str) -> str:
        """Silence every alert of that name; return the silence's id."""
        matcher = Matcher(name="alertname", value=alertname).model_dump(by_alias=True)
        return self._post(
            {
                "matchers": [matcher],
                "startsAt": starts_at.isoformat(),
                "endsAt": ends_at.isoformat(),
                "createdBy": by,
                "comment": comment,
            }
        )

    def change(self, silence: Silence, ends_at: datetime, comment: str) -> str:
        """Have a silence end at another time; it stays the same silence. Return its id."""
        body = silence.model_dump(mode="json", by_alias=True, exclude={"status"})
        return self._post({**body, "endsAt": ends_at.isoformat(), "comment": comment})

    def expire(self, identifier: str) -> None:
        """End a silence now."""
        self._server.ask(object, "DELETE", f"/api/v2/silence/{identifier}")

    def _post(self, body: Mapping[str, object]) -> str:
        return self._server.ask(_Made, "POST", "/api/v2/silences", json=body).silence_id
