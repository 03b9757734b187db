"""An alert on its way: made by Prometheus, taken by Alertmanager, delivered to the pager; and where it stopped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from lab.core.state import LabState
from lab.tools import alertmanager, pager, prometheus
from lab.tools.alertmanager import Alertmanager
from lab.tools.pager import Pager
from lab.tools.prometheus import Prometheus

NOBODY = "nobody"  # Alertmanager's receiver of what is shown and not told


class Seen(BaseModel):
    """An alert that fires or is pending, and what became of it.

    `fires_since` is None while it is pending, `delivered_at` (the first time since then, by the pager's clock) and
    `delay_seconds` between the two while it was not delivered. `muted_by` are silences' ids and other alerts' names.
    `words` tells the same to a person.
    """

    alertname: str
    state: Literal["firing", "pending"]
    severity: str
    owner: str
    labels: dict[str, str]
    summary: str
    active_since: datetime
    fires_since: datetime | None = None
    delivered_at: datetime | None = None
    delay_seconds: float | None = None
    muted_by: list[str] = []
    words: str = "pending"


def look(state: LabState) -> list[Seen]:
    """Return every alert, firing ones first. Raises UsageError where the lab lacks one of the three, AnswerError."""
    ways = Prometheus.of(state), Alertmanager.of(state), Pager.of(state)
    return follow(ways[0].alerts(), ways[1].alerts(), ways[2].deliveries(status="firing"))


def follow(
    made: Sequence[prometheus.Alert], taken: Sequence[alertmanager.Alert], delivered: Sequence[pager.Delivery]
) -> list[Seen]:
    """Put together what each of the three knows of the same alerts; `delivered` has the newest first."""
    names = {alert.fingerprint: alert.labels.get("alertname", "") for alert in taken}
    found = [_one(alert, _of(alert, taken), delivered, names) for alert in made]
    return sorted(found, key=lambda seen: (seen.state, seen.severity != "page", seen.alertname))


def _of(made: prometheus.Alert, taken: Sequence[alertmanager.Alert]) -> alertmanager.Alert | None:
    """Return the alert as Alertmanager has it: Prometheus adds its external labels on the way."""
    same = (alert for alert in taken if made.labels.items() <= alert.labels.items())
    return min(same, key=lambda alert: len(alert.labels), default=None)


def _one(
    made: prometheus.Alert,
    taken: alertmanager.Alert | None,
    delivered: Sequence[pager.Delivery],
    names: Mapping[str, str],
) -> Seen:
    seen = Seen(
        alertname=made.labels.get("alertname", ""),
        state=made.state,
        severity=made.labels.get("severity", ""),
        owner=made.labels.get("owner", ""),
        labels=made.labels,
        summary=made.annotations.get("summary", ""),
        active_since=made.active_at,
    )
    if made.state == "pending":
        return seen
    if taken is None:
        return seen.model_copy(update={"words": "not taken by Alertmanager yet"})
    first = next((one for one in reversed(delivered) if _tells(one, taken)), None)
    muted = taken.status.silenced_by + [names.get(other, other) for other in taken.status.inhibited_by]
    delay = (first.received_at - taken.starts_at).total_seconds() if first else None
    return seen.model_copy(
        update={
            "fires_since": taken.starts_at,
            "delivered_at": first.received_at if first else None,
            "delay_seconds": delay,
            "muted_by": muted,
            "words": "; ".join(filter(None, (_words(delay, taken), f"muted by {', '.join(muted)}" if muted else ""))),
        }
    )


def _tells(delivery: pager.Delivery, taken: alertmanager.Alert) -> bool:
    return delivery.fingerprint == taken.fingerprint and delivery.received_at >= taken.starts_at


def _words(delay: float | None, taken: alertmanager.Alert) -> str:
    if delay is not None:
        return f"delivered after {delay:.1f} s"
    if {receiver.name for receiver in taken.receivers} == {NOBODY}:
        return "told to nobody, by its severity"
    return "" if taken.status.state == "suppressed" else "waits for its group"
