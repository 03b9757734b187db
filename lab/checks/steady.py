"""The steady state: what must hold of a lab before something is broken on purpose, and again after."""

from lab.checks import applications, smoke, workloads
from lab.core.errors import LabError
from lab.core.state import SERVICES, LabState
from lab.tools import argocd
from lab.tools.api import Api
from lab.tools.cluster import Cluster

_DATASTORES = ("postgres", "redis")
_SHOP, _DATA = "shop", "data"


def unsteady(state: LabState, cluster: Cluster) -> list[str]:
    """Return what keeps the lab from its steady state, an order apart; what can't be asked is one line too."""
    found = [
        f"{name}-service is not ready: {why}" for name in SERVICES for ready, why in [_ready(state, name)] if not ready
    ]
    try:
        found += _nodes(cluster) + _workloads(cluster) + _applications(cluster)
    except LabError as error:
        found.append(error.words)
    return found


def order_goes_through(state: LabState, timeout: float = 20) -> str:
    """Return "" when an order is accepted and notified of within `timeout` seconds, else why not."""
    try:
        smoke.send_order(state, timeout)
    except LabError as error:
        return f"no order goes through: {error.words}"
    return ""


def _ready(state: LabState, service: str) -> tuple[bool, str]:
    return Api(state.url(service)).ready()


def _nodes(cluster: Cluster) -> list[str]:
    found = []
    for node in cluster.items("/api/v1/nodes"):
        name, conditions = node["metadata"]["name"], {c["type"]: c["status"] for c in node["status"]["conditions"]}
        wrong = [f"is {kind}" for kind in ("DiskPressure", "MemoryPressure") if conditions.get(kind) == "True"]
        wrong += ["is not Ready"] if conditions.get("Ready") != "True" else []
        wrong += ["takes no pods"] if node["spec"].get("unschedulable") else []
        found += [f"node {name} {', '.join(wrong)}"] if wrong else []
    return found


def _workloads(cluster: Cluster) -> list[str]:
    wanted = [(_SHOP, "Deployment", f"{service}-service") for service in SERVICES]
    wanted += [(_DATA, "StatefulSet", name) for name in _DATASTORES]
    found = ((name, workloads.blocker(cluster, space, kind, name)) for space, kind, name in wanted)
    return [f"{name}: {blocker.words}" for name, blocker in found if blocker is not None]


def _applications(cluster: Cluster) -> list[str]:
    found = (app for app in argocd.applications(cluster) if not app.done())
    return [f"application {app.name} is {applications.state(cluster, app)}" for app in found]
