"""What must be so before a fault: a lab that is steady, and that shows nothing yet of what the fault is to bring."""

from lab.checks import steady
from lab.core.errors import LabError, WaitTimeout
from lab.core.wait import wait
from lab.drills.base import Drill
from lab.flows.drilling import judge
from lab.flows.drilling.watcher import tried

DELAY = 2.0  # seconds between two looks
_EXPECTED_CLEAR = 480  # seconds that an alert of an earlier drill may take to end
_UNSEEN = 90  # seconds that what looks like the effect may take to go: a rate looks back a minute


def unsteady(drill: Drill) -> list[str]:
    """Return what of the lab, or of what the drill needs of it, is not as it must be."""
    found = steady.unsteady(drill.field.state, drill.field.cluster)
    try:
        own = drill.steady()
    except LabError as error:
        own = error.words
    return found + ([own] if own else [])


def until_steady(drill: Drill) -> None:
    """Wait for the steady state, then have the drill choose what it will hit. Raises LabError where no order goes."""
    wait("steady state", lambda: _not_ready(drill), lambda wrong: not wrong, explain="; ".join, delay=DELAY,
         timeout=_EXPECTED_CLEAR, fix="./inv lab.verify; ./inv chaos.rollback mends what a drill left")  # fmt: skip
    drill.prepare()
    if why := steady.order_goes_through(drill.field.state):
        raise LabError("the lab is not in its steady state", why=why, fix="./inv lab.verify")


def until_unseen(drill: Drill) -> None:
    """Wait until the drill's effect can be looked for and is not there. Raises LabError where that does not come."""

    def look() -> str:
        words, error = tried(drill.effect)
        seen = f"the lab shows already what the fault is to bring: {words}" if words else ""
        return seen or (f"its effect can't be looked for: {error}" if error else "")

    try:
        wait("before the fault", look, lambda wrong: not wrong, delay=DELAY, timeout=_UNSEEN)
    except WaitTimeout as error:
        raise LabError("the fault would prove nothing", why=error.why, fix="./inv lab.verify") from error


def _not_ready(drill: Drill) -> list[str]:
    """Return what is not steady, and which expected alerts are still there from before."""
    firing = [
        f"{alert.labels['alertname']} is still {alert.state} from before"
        for alert in drill.field.prometheus.alerts()
        if judge.pages_of(drill, alert.labels["alertname"], alert.labels)
    ]
    return [*unsteady(drill), *firing]
