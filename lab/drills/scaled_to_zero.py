"""Somebody scales a service to nothing, as for a test, and forgets it. Autoscaler and Argo CD take it for meant.

The autoscaler rests where it finds no pod, and git names no number of pods. Orders are accepted; their notifications
wait in the queue, and come when the service is back.
"""

from lab.drills.base import Drill, Page

_NAME, _SPACE, _LEAST = "notification-service", "shop", 2


class ScaledToZero(Drill):
    """notification-service has no pods."""

    name = "scaled-to-zero"
    title = "notification-service is scaled to nothing"
    pages = (
        Page("TargetDown", {"job": _NAME}, within=240, clears=240),
        Page("QueueAge", within=480),
    )
    may_fail = 0.4  # reading notifications fails
    recovers = 240
    hints = ("Orders are accepted, and nobody is notified.", "The queue grows.", "kubectl get deployments -n shop")

    def fault(self) -> None:
        """Scale it to none."""
        self.field.scale("deployment", _NAME, _SPACE, 0)

    def effect(self) -> str:
        """Tell that it has no pod."""
        return "" if self.field.pods(_NAME) else f"{_NAME} has no pod"

    def rollback(self) -> None:
        """Scale it to the least that the autoscaler allows, which goes on from there."""
        self.field.scaled_back(_NAME, _SPACE, _LEAST)
