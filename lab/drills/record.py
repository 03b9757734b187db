"""What a drill's run leaves: its moments, the alerts and signs seen, requests, replicas, the ledger, the verdict."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from lab.checks.ledger import Ledger
from lab.checks.stillness import STILL
from lab.tools.locust import Measured

_TELLING = ("service", "burn_rate", "signal", "deployment", "statefulset", "daemonset", "pod", "node", "job", "name")
Kind = Literal["phase", "fault", "effect", "sign", "alert", "rollback", "recovery", "verdict"]


class Moment(BaseModel):
    """Something that happened `at` seconds after the run began."""

    at: float
    kind: Kind
    what: str


class SignSeen(BaseModel):
    """A sign and when it was seen; `seen_at` is None, and `words` tell the last failure to look, where it was not."""

    name: str
    within: float
    seen_at: float | None = None
    words: str = ""


class AlertSeen(BaseModel):
    """An alert that began in the run; all times in seconds since the run began. `expected`: the drill names it."""

    alertname: str
    labels: dict[str, str]
    severity: str
    runbook_url: str
    expected: bool
    pending_at: float
    firing_at: float | None = None
    delivered_at: float | None = None
    resolved_at: float | None = None

    @property
    def about(self) -> str:
        """What it is about, by those of its labels that tell."""
        return " ".join(self.labels[name] for name in _TELLING if name in self.labels)


class OwnLoad(BaseModel):
    """What a load that is the fault itself measured; its second 0 is `at` seconds after the run began."""

    at: float
    measured: Measured


class Run(BaseModel):
    """One run of a drill. `dry`: the fault was left out, so nothing may be seen. `reasons` is empty where `ok`.

    All `_at` are seconds since the run began, None for what did not come. `replicas` has the available pods of each
    service by second. `commands` repeat the run, and look at what it left. `blind_seconds` is for how long nobody could
    look at alerts, `blind` why nobody could in the end; `stood_still` for how long the machine ran nothing.
    """

    drill: str
    title: str
    target: str = ""
    dry: bool
    began: datetime
    machine: str
    substitutes: dict[str, str] = {}
    ok: bool = False
    reasons: list[str] = []
    moments: list[Moment] = []
    effect: str = ""
    signs: list[SignSeen] = []
    alerts: list[AlertSeen] = []
    fault_at: float | None = None
    effect_at: float | None = None
    rollback_at: float | None = None
    recovered_at: float | None = None
    ended_at: float = 0
    load_at: float = 0
    measured: Measured | None = None
    own_loads: list[OwnLoad] = []
    replicas: list[tuple[float, dict[str, int]]] = []
    blind_seconds: float = 0
    blind: str = ""
    stood_still: float = 0
    ledger: Ledger | None = None
    commands: list[str] = []
    html: str = ""

    @property
    def void(self) -> bool:
        """Whether the machine stood still, so that the run tells nothing of the lab."""
        return self.stood_still > STILL

    @property
    def detected(self) -> float | None:
        """Seconds from the fault until an expected alert fired, or where the drill has none a sign was seen.

        None for a dry run, and where nothing was seen.
        """
        if self.dry:
            return None
        moments = [a.firing_at for a in self.alerts if a.expected], [s.seen_at for s in self.signs], [self.effect_at]
        known = ([at for at in kind if at is not None] for kind in moments)
        seen = next((min(kind) for kind in known if kind), None)
        return None if self.fault_at is None or seen is None else seen - self.fault_at

    @property
    def delivered(self) -> float | None:
        """Seconds from the fault until the pager had the first expected alert; None where there is none."""
        told = [a.delivered_at for a in self.alerts if a.expected and a.delivered_at is not None]
        return min(told) - self.fault_at if told and self.fault_at is not None else None

    @property
    def recovered(self) -> float | None:
        """Seconds from the rollback, or from the fault where nothing was rolled back before, to the steady state."""
        if self.dry:
            return None
        began = self.rollback_at if self.rollback_at is not None else self.fault_at
        return None if began is None or self.recovered_at is None else self.recovered_at - began
