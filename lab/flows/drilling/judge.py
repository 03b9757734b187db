"""Why a drill's run is not as it should be: each reason in words, none where it is."""

from collections.abc import Sequence

from lab.core import slo
from lab.drills.base import Drill, Page
from lab.drills.record import AlertSeen, Run

_COARSE = 1.0  # seconds over a bound that are let be: clocks differ, moments are rounded, looks come once a second
_BLIND = 30.0  # seconds in which nobody may look at alerts where it counts that none fires


def seen(page: Page, run: Run) -> list[AlertSeen]:
    """Return the alerts of a run that a page names, and that began with the fault."""
    began = run.fault_at or 0
    return [
        alert
        for alert in run.alerts
        if alert.alertname == page.alertname
        and page.labels.items() <= alert.labels.items()
        and alert.pending_at >= began - _COARSE
    ]


def judge(drill: Drill, run: Run) -> list[str]:
    """Return why a run with the fault, or a dry one, failed; none passes in which the machine stood still."""
    still = f"this machine stood still for {run.stood_still:.0f} s: the run tells nothing of the lab, run it again"
    reasons = [still] if run.void else []
    reasons += _dry(run) if run.dry else [*_faulted(drill, run), *_requests(drill, run)]
    if run.ledger is not None and not run.ledger.ok:
        lost = ", ".join(run.ledger.lost[:5])
        reasons.append(f"{len(run.ledger.lost)} orders lost ({lost}), {len(run.ledger.duplicated)} duplicated")
    return reasons


def _dry(run: Run) -> list[str]:
    found = [f"without the fault its effect was seen: {run.effect}"] if run.effect_at is not None else []
    found += [f"without the fault {sign.name} was seen: {sign.words}" for sign in run.signs if sign.seen_at is not None]
    found += [f"{alert.alertname} fired without the fault" for alert in run.alerts if alert.firing_at is not None]
    found += _unseen(run)
    if run.recovered_at is None:
        found.append("without the fault the lab was not steady in the end")
    total = run.measured.total if run.measured else None
    if total and total.failures > slo.ERROR_RATIO * total.requests:
        found.append(f"{total.failures} of {total.requests} requests failed without the fault")
    return found


def _unseen(run: Run) -> list[str]:
    """Return why alerts that were not seen prove nothing."""
    if run.blind:
        return [f"in the end nobody could look at alerts: {run.blind}"]
    if run.blind_seconds > _BLIND:
        return [f"for {run.blind_seconds:.0f} s nobody could look at alerts"]
    return []


def _faulted(drill: Drill, run: Run) -> list[str]:
    if run.effect_at is None:
        return [f"the fault had no effect that could be proven within {drill.takes:g} s"]
    found = [
        f"{sign.name} was not seen within {sign.within:g} s{f' ({sign.words})' if sign.words else ''}"
        for sign in run.signs
        if sign.seen_at is None
    ]
    found += [words for page in drill.pages if (words := _page(page, run))]
    if run.recovered is None:
        found.append(f"the steady state was not back within {drill.recovers:g} s")
    elif run.recovered > drill.recovers + _COARSE:
        since = "fault" if run.rollback_at is None else "rollback"
        found.append(
            f"the steady state was back {run.recovered:.1f} s after the {since}, not within {drill.recovers:g} s"
        )
    if drill.quiet:
        found += [
            f"{a.alertname} fired, which this must not bring" for a in run.alerts if a.firing_at and not a.expected
        ]
        found += _unseen(run)
    return found


def _page(page: Page, run: Run) -> str:
    alerts, bound = seen(page, run), f"within {page.within:g} s of the fault"
    told = [alert for alert in alerts if alert.delivered_at is not None]
    if not told:
        if any(alert.firing_at is not None for alert in alerts):
            return f"{page} fired and was not delivered {bound}"
        return f"{page} was {'pending and did not fire' if alerts else 'not even pending'} {bound}"
    after = min(at for alert in told if (at := alert.delivered_at) is not None) - (run.fault_at or 0)
    if after > page.within + _COARSE:
        return f"{page} was delivered {after:.1f} s after the fault, not {bound}"
    if run.rollback_at is not None and any(alert.resolved_at is None for alert in told):
        return f"{page} was not told to have ended within {page.clears:g} s of the rollback"
    return ""


def _requests(drill: Drill, run: Run) -> list[str]:
    requests, failures = _between(run)
    if not requests:
        return ["no request was made while the fault lasted"]
    if failures > drill.may_fail * requests:
        return [f"{failures} of {requests} requests failed from the fault to the recovery; {drill.may_fail:.1%} may"]
    return []


def _between(run: Run) -> tuple[int, int]:
    """Return requests and failures, of all loads, of every second of which a part is from the fault to the recovery."""
    first, last = run.fault_at or 0, run.recovered_at or run.ended_at
    loads = [(run.load_at, run.measured)] if run.measured else []
    loads += [(own.at, own.measured) for own in run.own_loads]
    inside = [m for at, measured in loads for m in measured.moments if first - 1 < at + m.second <= last]
    return round(sum(m.rps for m in inside)), round(sum(m.failures for m in inside))


def pages_of(drill: Drill, alert: str, labels: dict[str, str]) -> Sequence[Page]:
    """Return the pages of a drill that an alert fits."""
    return [page for page in drill.pages if page.alertname == alert and page.labels.items() <= labels.items()]
