"""The rungs of the ladder by name: what flows need of one."""

from typing import Protocol

from lab.core.graph import Step
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.stages import compose, host


class Rung(Protocol):
    """Raised by steps, ended by `stop`."""

    def steps(self) -> list[Step]:
        """Return what raises it; every step is a no-op where its state holds."""

    def stop(self) -> None:
        """End it in order; what is under way ends first."""


_NO_CLUSTER = "Kubernetes, Argo CD, Prometheus, Grafana, Loki, Tempo, policies and autoscaling"
LACKS = {"host": _NO_CLUSTER, "compose": _NO_CLUSTER}


def rung_of(paths: Paths, state: LabState) -> Rung:
    """Return the rung that `state` is of."""
    return host.HostRung(paths, state) if state.runtime == "host" else compose.ComposeRung(paths, state)
