"""What the lab takes when nobody uses it: MiB of each container of the Engine, and of each pod."""

import re
from collections import defaultdict

from lab.core import stop
from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState
from lab.tools import containers
from lab.tools.cluster import Cluster

_UNITS = {"Ki": 1 / 1024, "Mi": 1.0, "Gi": 1024.0, "": 1 / 1024**2}


def settled(paths: Paths, state: LabState | None, seconds: float) -> tuple[dict[str, float], dict[str, float]]:
    """Let the lab be idle for `seconds`; return MiB by container, and by workload as `namespace/name`."""
    if state is None:
        return {}, {}
    say(f"idle for {seconds:g} s before its memory is looked at")
    stop.pause(seconds)
    return containers.memory(state.lab_id, state.name), pods(paths) if state.runtime == "kind" else {}


def pods(paths: Paths) -> dict[str, float]:
    """Return MiB by workload, all its pods summed, as metrics-server tells; {} while it tells nothing."""
    found: defaultdict[str, float] = defaultdict(float)
    try:
        items = Cluster(paths.kubeconfig).items("/apis/metrics.k8s.io/v1beta1/pods")
    except LabError:
        return {}
    for item in items:
        meta = item["metadata"]
        name = re.sub(r"(-[0-9a-f]{8,10})?-[a-z0-9]{5}$", "", meta["name"])
        found[f"{meta['namespace']}/{name}"] += sum(mebibytes(c["usage"]["memory"]) for c in item["containers"])
    return dict(sorted(found.items()))


def mebibytes(quantity: str) -> float:
    """Return the MiB that a Kubernetes quantity such as "12345Ki" means. Raises ValueError for others."""
    match = re.fullmatch(r"(\d+)(Ki|Mi|Gi|)", quantity)
    if match is None:
        raise ValueError(quantity)
    return int(match[1]) * _UNITS[match[2]]
