"""A drill's run as a picture: a lane for each thing that lasts, charts below on the same scale of time."""

from collections.abc import Callable

from pydantic import BaseModel

from lab.core import slo
from lab.core.state import SERVICES
from lab.drills.record import AlertSeen, Run
from lab.flows.report import Chart, chart

_WIDTH = 1000.0
_LEAST = 2.0  # of a bar's width, so that it can be seen


class Bar(BaseModel):
    """From `x` on, `width` wide, in SVG units of a thousand; `kind` is its colour."""

    x: float
    width: float
    kind: str
    words: str


class Lane(BaseModel):
    """One line of the timeline."""

    label: str
    bars: list[Bar]


class Picture(BaseModel):
    """The whole picture; `fault` is the window that every chart shades."""

    seconds: float
    lanes: list[Lane]
    charts: list[Chart]
    fault: Bar | None


def timeline(run: Run) -> Picture:
    """Draw a run; what did not come has no bar."""
    total = max(run.ended_at, 1.0)

    def bar(begin: float, end: float | None, kind: str, words: str) -> Bar:
        x, until = begin / total * _WIDTH, (total if end is None else end) / total * _WIDTH
        width = max(until - x, _LEAST)
        return Bar(x=round(min(x, _WIDTH - width), 1), width=round(width, 1), kind=kind, words=words)

    begin = run.fault_at if run.fault_at is not None and not run.dry else None
    end = run.rollback_at if run.rollback_at is not None else run.recovered_at
    lanes = [Lane(label="load", bars=[bar(run.load_at, total, "load", f"load from {run.load_at:.0f} s")])]
    if begin is not None:
        lanes.append(Lane(label="fault", bars=[bar(begin, end, "fault", f"{begin:.1f} s to {end or total:.1f} s")]))
    seen = [("effect", run.effect_at, run.effect), *((s.name, s.seen_at, s.words) for s in run.signs)]
    lanes += [
        Lane(label=name, bars=[bar(at, at, "sign", f"{at:.1f} s: {words}")])
        for name, at, words in seen
        if at is not None
    ]
    lanes += [Lane(label=_called(alert), bars=_way(alert, bar)) for alert in run.alerts]
    if begin is not None and run.recovered_at is not None:
        since = run.rollback_at if run.rollback_at is not None else begin
        words = f"steady after {run.recovered_at - since:.1f} s"
        lanes.append(Lane(label="recovery", bars=[bar(since, run.recovered_at, "recovery", words)]))
    fault = bar(begin, end, "fault", "the fault lasts") if begin is not None else None
    return Picture(seconds=total, lanes=lanes, charts=_charts(run, total), fault=fault)


def _called(alert: AlertSeen) -> str:
    return f"{alert.alertname} {alert.about}".strip()


def _way(alert: AlertSeen, bar: Callable[[float, float | None, str, str], Bar]) -> list[Bar]:
    found = [
        bar(alert.pending_at, alert.firing_at or alert.resolved_at, "pending", f"pending at {alert.pending_at:.1f} s")
    ]
    if alert.firing_at is not None:
        found.append(bar(alert.firing_at, alert.resolved_at, "firing", f"fires at {alert.firing_at:.1f} s"))
    if alert.delivered_at is not None:
        found.append(
            bar(alert.delivered_at, alert.delivered_at, "delivered", f"delivered at {alert.delivered_at:.1f} s")
        )
    return found


def _charts(run: Run, total: float) -> list[Chart]:
    last = int(total)
    moments = run.measured.moments if run.measured else []

    def at(second: int) -> int:
        return int(run.load_at + second)

    found = [
        chart("Requests", "requests/s", [(at(m.second), m.rps) for m in moments], last=last),
        chart("Failures", "requests/s", [(at(m.second), m.failures) for m in moments], last=last),
        chart("P95 latency", "ms", [(at(m.second), m.p95 * 1000) for m in moments], slo.P95_SECONDS * 1000, last=last),
    ]
    for service in SERVICES:
        counts = [(int(at), float(seen[service])) for at, seen in run.replicas]
        found.append(chart(f"{service}-service: pods available", "pods", counts, last=last))
    return found
