"""Looks for what a fault must bring: its effect, signs, alerts; each with the moment at which it was seen."""

from collections.abc import Callable
from datetime import datetime

from lab.checks.alert_watch import Followed
from lab.core.errors import LabError
from lab.drills.base import Drill, Look
from lab.drills.record import AlertSeen, Kind, Run, SignSeen
from lab.flows.drilling import judge
from lab.flows.drilling.sampler import Sampler

DRY_SECONDS = 30.0  # in which a dry run looks for what must not be seen, unless more are asked for
_WORDS = ("pending", "firing", "delivered", "resolved")


class Watcher:
    """Fills `run`, one look at a time; `now` gives the seconds since it began, `note` keeps a moment."""

    def __init__(
        self,
        drill: Drill,
        run: Run,
        sampler: Sampler,
        now: Callable[[], float],
        note: Callable[[Kind, str], float],
        dry_seconds: float = DRY_SECONDS,
    ) -> None:
        self._dry = dry_seconds
        self._drill, self._run, self._sampler, self._now, self._note = drill, run, sampler, now, note
        self._looks: dict[str, Look] = {}

    def begin(self) -> None:
        """Take what is to be looked for from the drill, which is prepared by now."""
        signs = self._drill.signs()
        self._looks = {sign.name: sign.look for sign in signs}
        self._run.signs = [SignSeen(name=sign.name, within=sign.within) for sign in signs]

    def longest(self) -> float:
        """Return the seconds after which everything was seen or is overdue."""
        bounds = [sign.within for sign in self._run.signs] + [page.within for page in self._drill.pages]
        return self._dry if self._run.dry else max([self._drill.takes, self._drill.lasts, *bounds])

    def missing(self) -> list[str]:
        """Look once; return what is still looked for."""
        run, since = self._run, self._now() - (self._run.fault_at or 0)
        if run.effect_at is None:
            self._look_for_effect()
        for sign in run.signs:
            if sign.seen_at is None and (since <= sign.within or run.dry):
                self._look_for(sign)
        self.take_alerts()
        if run.dry:
            return [f"{self._dry:g} s in which nothing may be seen"] if since < self._dry else []
        if run.effect_at is None:
            told = f" ({run.effect})" if run.effect else ""
            return [f"the fault's effect{told}"] if since < self._drill.takes else []
        found = [sign.name for sign in run.signs if sign.seen_at is None and since < sign.within]
        found += [
            f"{page} ({self._stage(page.alertname)})"
            for page in self._drill.pages
            if since < page.within and not any(a.delivered_at is not None for a in judge.seen(page, run))
        ]
        return found or ([f"the fault lasts {self._drill.lasts:g} s"] if since < self._drill.lasts else [])

    def unresolved(self) -> list[str]:
        """Look at the alerts once; return which expected ones the pager was not told to have ended."""
        self.take_alerts()
        mine = (alert for alert in self._run.alerts if alert.expected and alert.firing_at is not None)
        return [f"{alert.alertname} has not ended" for alert in mine if alert.resolved_at is None]

    def take_alerts(self) -> None:
        """Put what was seen of alerts into the run, and whether anybody looked; each change is a moment of its own."""
        self._run.blind_seconds, self._run.blind = round(self._sampler.blind_seconds, 1), self._sampler.blind_now
        known = {_key(alert): alert for alert in self._run.alerts}
        self._run.alerts = [self._alert(seen) for seen in self._sampler.alerts]
        for alert in self._run.alerts:
            before = known.get(_key(alert))
            for word in _WORDS:
                at = getattr(alert, f"{word}_at")
                if at is not None and (before is None or getattr(before, f"{word}_at") is None):
                    self._note("alert", f"{alert.alertname} {word} at {at:.1f} s")

    def _look_for_effect(self) -> None:
        words, error = tried(self._drill.effect)
        self._run.effect = words or error
        if words:
            self._run.effect_at = self._note("effect", f"effect: {words}")

    def _look_for(self, sign: SignSeen) -> None:
        words, error = tried(self._looks[sign.name])
        sign.words = words or error
        if words:
            sign.seen_at = self._note("sign", f"{sign.name}: {words}")

    def _stage(self, alertname: str) -> str:
        states = [alert for alert in self._run.alerts if alert.alertname == alertname]
        if any(alert.firing_at is not None for alert in states):
            return "fires, not delivered yet"
        return "pending" if states else self._sampler.blind or "not pending yet"

    def _alert(self, seen: Followed) -> AlertSeen:
        return AlertSeen(
            alertname=seen.alertname,
            labels=seen.labels,
            severity=seen.severity,
            runbook_url=seen.runbook_url,
            expected=bool(judge.pages_of(self._drill, seen.alertname, seen.labels)),
            pending_at=self._at(seen.pending) or 0,
            firing_at=self._at(seen.firing),
            delivered_at=self._at(seen.delivered),
            resolved_at=self._at(seen.resolved),
        )

    def _at(self, moment: datetime | None) -> float | None:
        return None if moment is None else round((moment - self._run.began).total_seconds(), 2)


def _key(alert: AlertSeen) -> tuple[str, frozenset[tuple[str, str]]]:
    return alert.alertname, frozenset(alert.labels.items())


def tried(look: Look) -> tuple[str, str]:
    """Return what a look tells, and why it could not be had: then nothing was seen."""
    try:
        return look(), ""
    except LabError as error:
        return "", error.words
