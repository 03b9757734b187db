"""How much of the platform the kind rung raises; gitops/ says the same by the label `profile`."""

from lab.core.config import Profile
from lab.core.state import SERVICES

_CORE = ("datastores", *SERVICES, "metrics-server", "kube-prometheus-stack", "observability")
_FULL = (
    "loki",
    "tempo",
    "otel-collector",
    "otel-agent",
    "kyverno",
    "external-secrets",
    "network-policies",
    "alerts",
    "dashboards",
    "pager",
    "policies",
    "secret-sync",
)
# The Applications of each, in the order in which they are told of; a test holds them to what gitops/clusters renders.
APPLICATIONS: dict[Profile, tuple[str, ...]] = {"core": _CORE, "full": _CORE + _FULL}
FULL_MEMORY = 6 * 1024**3  # bytes that Docker must have for all of it; idle it takes about 4 GiB (docs/cluster.md)
# The folder of gitops/clusters that the app of apps reads.
CLUSTERS: dict[Profile, str] = {"core": "core", "full": "local"}


def part_of(profile: Profile, wanted: str) -> bool:
    """Return whether what is labelled `wanted` is there in `profile`."""
    return profile == "full" or wanted != "full"


def fitting(memory: int) -> Profile:
    """Return the profile that an Engine with so many bytes of memory can hold."""
    return "full" if memory >= FULL_MEMORY else "core"
