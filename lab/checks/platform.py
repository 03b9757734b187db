"""Whether the platform watches: targets scraped, the heartbeat delivered, what fires, what is left of the budget."""

from lab.checks import alerts
from lab.core.errors import AnswerError, LabError, WaitTimeout
from lab.core.state import LabState
from lab.core.wait import still_wrong, wait
from lab.tools.pager import Pager
from lab.tools.prometheus import Prometheus

HEARTBEAT = "Watchdog"  # fires always, and is told of every 5 minutes: that it arrives proves the way
NO_RULES = "Prometheus has no rules yet"


def unwatched(state: LabState, timeout: float = 45) -> list[str]:
    """Return what Prometheus does not see, and does not come to see within `timeout` seconds: a pod may be new.

    That it can't be asked is one line too.
    """
    return still_wrong("targets", lambda: _down(state), timeout, delay=2)


def heartbeat(state: LabState, timeout: float = 330) -> None:
    """Wait until a heartbeat reached the pager. Raises WaitTimeout with where it stopped, after `timeout` seconds."""
    look = lambda: _stopped(state)  # noqa: E731 - named for the wait
    fix = "./inv alerts.list tells what fires and was delivered"
    wait("heartbeat", look, lambda where: not where, delay=1, timeout=timeout, fix=fix)


def unheard(state: LabState, timeout: float = 60) -> list[str]:
    """Return that no heartbeat reached the pager and where it stopped, if none does within `timeout` seconds."""
    try:
        heartbeat(state, timeout)
    except WaitTimeout as error:
        return [f"{HEARTBEAT} was not delivered to the pager: {error.why}"]
    return []


def _down(state: LabState) -> list[str]:
    try:
        return [f"Prometheus does not see {target}" for target in Prometheus.of(state).down()]
    except AnswerError as error:
        return [f"targets: {error.words}"]


def _stopped(state: LabState) -> str:
    """Return where the heartbeat is on its way to the pager, "" when it arrived there."""
    try:
        if Pager.of(state).deliveries(status="firing", alertname=HEARTBEAT):
            return ""
        if not Prometheus.of(state).known():
            return NO_RULES
        found = (one.words for one in alerts.look(state) if one.alertname == HEARTBEAT)
        return next(found, f"Prometheus has rules, and {HEARTBEAT} does not fire yet")
    except AnswerError as error:
        return error.what


def firing(state: LabState) -> list[str]:
    """Return the name of each alert that fires, the heartbeat apart; what can't be asked is one line too."""
    try:
        found = Prometheus.of(state).alerts()
    except LabError as error:
        return [f"unknown: {error.what}"]
    return sorted({a.labels["alertname"] for a in found if a.state == "firing"} - {HEARTBEAT})


def budgets(state: LabState) -> dict[str, float]:
    """Return what is left of each SLO's error budget, 1 being all of it; {} where nothing was measured yet."""
    try:
        return Prometheus.of(state).values("slo:error_budget_remaining:ratio30d", "slo")
    except LabError:
        return {}
