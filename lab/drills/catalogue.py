"""Every drill there is, in the order in which chaos.all runs them."""

from lab.core.errors import UsageError
from lab.drills.argocd_gone import ArgocdGone
from lab.drills.bad_deploy import BadDeploy
from lab.drills.base import Drill
from lab.drills.crash_loop import CrashLoop
from lab.drills.credentials_revoked import CredentialsRevoked
from lab.drills.disk_pressure import DiskPressure
from lab.drills.dns_broken import DnsBroken
from lab.drills.drift import Drift
from lab.drills.git_server_gone import GitServerGone
from lab.drills.image_pull import ImagePull
from lab.drills.kill_pod import KillPod
from lab.drills.kyverno_down import KyvernoDown
from lab.drills.latency import Latency
from lab.drills.node_drained import NodeDrained
from lab.drills.node_lost import NodeLost
from lab.drills.partition import Partition
from lab.drills.poison_message import PoisonMessage
from lab.drills.policy_refused import PolicyRefused
from lab.drills.postgres_gone import PostgresGone
from lab.drills.postgres_restart import PostgresRestart
from lab.drills.redis_gone import RedisGone
from lab.drills.restore import Restore
from lab.drills.scaled_to_zero import ScaledToZero
from lab.drills.secret_rotation import SecretRotation
from lab.drills.sqs_gone import SqsGone
from lab.drills.surge import Surge
from lab.drills.telemetry_gone import TelemetryGone

DRILLS: tuple[type[Drill], ...] = (
    Latency,  # first: its burn rate wants a lab that was not loaded for long
    KillPod, Drift, PolicyRefused, Surge, PoisonMessage, RedisGone, SqsGone, ScaledToZero, PostgresRestart,
    PostgresGone, Restore, Partition, DnsBroken, BadDeploy, CrashLoop, ImagePull, SecretRotation, CredentialsRevoked,
    KyvernoDown, TelemetryGone, ArgocdGone, GitServerGone, NodeDrained, DiskPressure, NodeLost,
)  # fmt: skip


def drill(name: str) -> type[Drill]:
    """Return the drill called `name`. Raises UsageError that names those there are."""
    found = next((one for one in DRILLS if one.name == name), None)
    if found is None:
        raise UsageError(f"no drill is called {name!r}", fix=f"one of: {', '.join(one.name for one in DRILLS)}")
    return found
