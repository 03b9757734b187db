"""What Alertmanager sends (its webhook's version 4), and what the inbox keeps of it: one delivery for each alert."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

type Status = Literal["firing", "resolved"]
type Moment = Annotated[AwareDatetime, PlainSerializer(datetime.isoformat, return_type=str)]


class _Sent(BaseModel):
    """Fields are called as Alertmanager calls them; what a later version adds is let through."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Alert(_Sent):
    """One alert of a notification. `ends_at` is in the year 1 while nobody knows."""

    status: Status
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: Moment
    ends_at: Moment
    fingerprint: str = Field(min_length=1)


class Notification(_Sent):
    """What one POST brings: a group of alerts. `truncated_alerts` is how many of the group were left out of it."""

    version: Literal["4"]
    group_key: str
    receiver: str
    truncated_alerts: int = Field(0, ge=0)
    alerts: list[Alert] = Field(min_length=1)


class Delivery(_Sent):
    """An alert as it was delivered. `received_at` is the pager's own clock; ids grow, also across restarts."""

    id: int
    received_at: Moment
    status: Status
    alertname: str
    severity: str
    owner: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: Moment
    ends_at: Moment
    fingerprint: str
    group_key: str
    receiver: str
    truncated_alerts: int

    @classmethod
    def of(cls, number: int, received_at: datetime, sent: Notification, alert: Alert) -> Self:
        """Return `alert` of the notification `sent` as a delivery."""
        return cls(
            id=number,
            received_at=received_at,
            alertname=alert.labels.get("alertname", ""),
            severity=alert.labels.get("severity", ""),
            owner=alert.labels.get("owner", ""),
            group_key=sent.group_key,
            receiver=sent.receiver,
            truncated_alerts=sent.truncated_alerts,
            **dict(alert),
        )

    def json_line(self) -> str:
        """Return it as one line."""
        return f"{self.model_dump_json(by_alias=True)}\n"

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it: the id, `received_at`, then Alertmanager's own names."""
        return {_shown(name): value for name, value in self.model_dump(mode="json", by_alias=True).items()}


class Wanted(BaseModel):
    """What GET /deliveries may be asked for; a name that is none of these is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = None
    status: Status | None = None
    alertname: str | None = None


def _shown(name: str) -> str:
    return "received_at" if name == "receivedAt" else name
