"""Every drill there is, in the order in which chaos.all runs them."""

from lab.core.errors import UsageError
from lab.drills.argocd_gone import ArgocdGone
from lab.drills.base import Drill
from lab.drills.credentials_revoked import CredentialsRevoked
from lab.drills.disk_pressure import DiskPressure
from lab.drills.dns_broken import DnsBroken
from lab.drills.drift import Drift
from lab.drills.git_server_gone import GitServerGone
from lab.drills.kill_pod import KillPod
from lab.drills.kyverno_down import KyvernoDown
from lab.drills.node_drained import NodeDrained
from lab.drills.node_lost import NodeLost
from lab.drills.partition import Partition
from lab.drills.policy_refused import PolicyRefused
from lab.drills.telemetry_gone import TelemetryGone

DRILLS: tuple[type[Drill], ...] = (
    KillPod,
    Drift,
    PolicyRefused,
    KyvernoDown,
    CredentialsRevoked,
    Partition,
    DnsBroken,
    NodeDrained,
    DiskPressure,
    TelemetryGone,
    ArgocdGone,
    GitServerGone,
    NodeLost,
)


def drill(name: str) -> type[Drill]:
    """Return the drill called `name`. Raises UsageError that names those there are."""
    found = next((one for one in DRILLS if one.name == name), None)
    if found is None:
        raise UsageError(f"no drill is called {name!r}", fix=f"one of: {', '.join(one.name for one in DRILLS)}")
    return found
