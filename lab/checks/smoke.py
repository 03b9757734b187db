"""One order through the whole system: the proof that the lab is up."""

from dataclasses import dataclass

from lab.core.errors import AnswerError
from lab.core.state import LabState
from lab.core.wait import wait
from lab.tools.api import Api


@dataclass(frozen=True)
class Sent:
    """What notification-service has for the smoke order; `error` when it could not be asked."""

    notifications: int
    error: str = ""


def send_order(state: LabState, timeout: float = 60) -> str:
    """Create a user and an order, wait until its notification is there; return the order's id.

    Raises WaitTimeout when it does not come within `timeout` seconds, AnswerError when a service refuses.
    """
    user = Api.of(state, "user").create_user()
    order = Api.of(state, "order").create_order(user)
    api = Api.of(state, "notification")

    def look() -> Sent:
        try:
            return Sent(len(api.notifications_of(order)))
        except AnswerError as error:
            return Sent(0, error.words)

    wait(
        "smoke order",
        look,
        lambda sent: sent.notifications == 1,
        error=lambda sent: f"{sent.notifications} notifications for one order" if sent.notifications > 1 else None,
        explain=lambda sent: sent.error or "accepted, its notification is on its way",
        delay=0.05,
        timeout=timeout,
        fix="./inv lab.logs notification",
    )
    return order
