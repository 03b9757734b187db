"""Whether the platform watches: targets scraped, the heartbeat delivered, what fires, what is left of the budget."""

from lab.core.errors import LabError, WaitTimeout
from lab.core.state import LabState
from lab.core.wait import wait
from lab.tools.pager import Pager
from lab.tools.prometheus import Prometheus

HEARTBEAT = "Watchdog"  # fires always: that it arrives proves the way


def unwatched(state: LabState, timeout: float = 45) -> list[str]:
    """Return what Prometheus does not see, and does not come to see within `timeout` seconds: a pod may be new."""
    prometheus = Prometheus.of(state)
    try:
        return wait("targets", prometheus.down, lambda down: not down, explain="; ".join, delay=2, timeout=timeout)
    except WaitTimeout:
        return [f"Prometheus does not see {target}" for target in prometheus.down()]


def unheard(state: LabState, timeout: float = 60) -> list[str]:
    """Return that no heartbeat reached the pager, if none does within `timeout` seconds."""
    pager = Pager.of(state)
    try:
        wait(
            "heartbeat",
            lambda: pager.deliveries(status="firing", alertname=HEARTBEAT),
            bool,
            explain=lambda _: "not delivered yet",
            delay=2,
            timeout=timeout,
        )
    except WaitTimeout:
        return [f"{HEARTBEAT} was not delivered to the pager: ./inv alerts.list tells where it stopped"]
    return []


def firing(state: LabState) -> list[str]:
    """Return the name of each alert that fires, the heartbeat apart; what can't be asked is one line too."""
    try:
        alerts = Prometheus.of(state).alerts()
    except LabError as error:
        return [f"unknown: {error.what}"]
    return sorted({a.labels["alertname"] for a in alerts if a.state == "firing"} - {HEARTBEAT})


def budgets(state: LabState) -> dict[str, float]:
    """Return what is left of each SLO's error budget, 1 being all of it; {} where nothing was measured yet."""
    try:
        return Prometheus.of(state).values("slo:error_budget_remaining:ratio30d", "slo")
    except LabError:
        return {}
