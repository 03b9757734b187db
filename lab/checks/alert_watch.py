"""What becomes of alerts while somebody looks: pending, firing, delivered, ended, each with its moment."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel

from lab.checks.platform import HEARTBEAT
from lab.core.state import LabState
from lab.tools import pager, prometheus
from lab.tools.pager import Pager
from lab.tools.prometheus import Prometheus


class Followed(BaseModel):
    """An alert that began while it was looked for. Times are of the cluster's clock, which is this machine's.

    `pending` is when its expression became true, `firing` when it had held long enough, `delivered` when the pager was
    told, `resolved` when it was told that it had ended; None for what was not seen. `fires` is how it is now.
    """

    alertname: str
    labels: dict[str, str]
    severity: str = ""
    runbook_url: str = ""
    pending: datetime
    firing: datetime | None = None
    delivered: datetime | None = None
    resolved: datetime | None = None
    fires: bool = False

    def fits(self, alertname: str, labels: Mapping[str, str]) -> bool:
        """Return whether it is of that name and bears these labels."""
        return self.alertname == alertname and labels.items() <= self.labels.items()


class AlertWatch:
    """Follows every alert, the heartbeat apart, that begins after `since`."""

    def __init__(self, state: LabState, since: datetime) -> None:
        self._prometheus, self._pager, self._since = Prometheus.of(state), Pager.of(state), since
        self._seen: dict[frozenset[tuple[str, str]], Followed] = {}

    def look(self) -> list[Followed]:
        """Look once more; return all that was seen so far. Raises AnswerError where Prometheus or the pager is away."""
        now, current = datetime.now(UTC), set()
        for alert in self._prometheus.alerts():
            if alert.labels["alertname"] != HEARTBEAT and alert.active_at >= self._since:
                key = frozenset(alert.labels.items())
                current.add(key)
                self._seen[key] = _grown(self._seen.get(key), alert, now)
        told = self._pager.deliveries(since=self._since)
        for key, seen in self._seen.items():
            fires = key in current and seen.firing is not None
            self._seen[key] = _told(seen.model_copy(update={"fires": fires}), told)
        return list(self._seen.values())


def _grown(before: Followed | None, alert: prometheus.Alert, now: datetime) -> Followed:
    seen = before or Followed(
        alertname=alert.labels["alertname"],
        labels=alert.labels,
        severity=alert.labels.get("severity", ""),
        runbook_url=alert.annotations.get("runbook_url", ""),
        pending=alert.active_at,
    )
    return seen.model_copy(update={"firing": seen.firing or now}) if alert.state == "firing" else seen


def _told(seen: Followed, deliveries: list[pager.Delivery]) -> Followed:
    """Put in what the pager knows of it; `deliveries` has the newest first."""
    mine = [d for d in deliveries if seen.labels.items() <= d.labels.items() and d.starts_at >= seen.pending]
    fired = [d for d in mine if d.status == "firing"]
    ended = [d for d in mine if d.status == "resolved"]
    found = {"firing": min(d.starts_at for d in mine)} if mine else {}
    found |= {"delivered": fired[-1].received_at} if fired else {}
    found |= {"resolved": ended[0].received_at} if ended and not seen.fires else {}
    return seen.model_copy(update=found)
