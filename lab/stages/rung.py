"""The rungs of the ladder by name: what flows need of one."""

from typing import Protocol

from lab.core.config import Config
from lab.core.graph import Step
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.stages import compose, host, kind


class Rung(Protocol):
    """Raised by steps, ended by `stop`."""

    def steps(self) -> list[Step]:
        """Return what raises it; every step is a no-op where its state holds."""

    def stop(self) -> None:
        """End it in order; what is under way ends first."""


_NO_CLUSTER = "Kubernetes, Argo CD, Prometheus, Grafana, Loki, Tempo, policies and autoscaling"
_NO_PLATFORM = (
    "alerts, Grafana, Loki, Tempo, policies and External Secrets (./inv lab.down, then ./inv lab.up --profile full)"
)
_NO_AWS = "TLS, IAM that refuses, nodes that come and go: those are AWS's"


def lacks(state: LabState) -> str:
    """Return what production has and this lab has not."""
    if state.runtime != "kind":
        return _NO_CLUSTER
    return _NO_AWS if state.profile == "full" else _NO_PLATFORM


def rung_of(paths: Paths, state: LabState, config: Config | None = None) -> Rung:
    """Return the rung that `state` is of; `config` says where the kind rung takes its artefacts from."""
    if state.runtime == "kind":
        return kind.KindRung(paths, state, config)
    return host.HostRung(paths, state) if state.runtime == "host" else compose.ComposeRung(paths, state)
