"""What watches goes blind: kube-state-metrics is gone, and with it every alert about pods, Deployments and nodes.

An alert without its metric is silent, which looks like peace. SignalMissing is there for that.
"""

from lab.drills.base import Drill, Page
from lab.drills.field import MONITORING

_APPLICATION, _NAME = "kube-prometheus-stack", "kube-state-metrics"


class TelemetryGone(Drill):
    """Its Deployment is scaled to none, and Argo CD held from healing it."""

    name = "telemetry-gone"
    title = "kube-state-metrics is gone"
    pages = (Page("SignalMissing", {"signal": "kube_pod_info"}, within=330, clears=180),)
    recovers = 240
    hints = (
        "Users notice nothing, and you would not notice much either.",
        "Some panels of Grafana have become empty.",
        "Which exporter tells of pods and Deployments?",
    )

    def fault(self) -> None:
        """Hold Argo CD, scale it to none."""
        self.field.hold(_APPLICATION)
        self.field.scale("deployment", _NAME, MONITORING, 0)

    def effect(self) -> str:
        """Tell that no pod of it is there."""
        return "" if self.field.available(_NAME, MONITORING) else "kube-state-metrics has no pod"

    def rollback(self) -> None:
        """Let Argo CD look again: it heals."""
        self.field.release(_APPLICATION)

    def steady(self) -> str:
        """Say so while it is not there."""
        return "" if self.field.available(_NAME, MONITORING) else "kube-state-metrics is not ready"
