"""Argo CD Applications, through the Kubernetes API."""

from dataclasses import dataclass
from typing import Any

from lab.tools.cluster import Cluster

_REFRESH = "argocd.argoproj.io/refresh"  # an annotation that Argo CD takes away when it has looked
_SKIP = "argocd.argoproj.io/skip-reconcile"
_FAILED = {"Failed", "Error"}
_PATH = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


@dataclass(frozen=True)
class Hook:
    """What a sync runs beside the resources, as a Job, and what Argo CD says of it: no part of any status or health."""

    kind: str
    name: str
    namespace: str
    failed: bool
    message: str


@dataclass(frozen=True)
class Application:
    """An Application as Argo CD reports it. `failure` is why its last sync failed for good, "" otherwise.

    `refreshing`: it was asked to look at the repository and has not yet, so the rest is of an earlier look.
    `hook` is one of the last sync that has failed, or not ended yet, while that sync has not come to a good end.
    """

    name: str
    sync: str
    health: str
    revision: str
    message: str
    failure: str
    resources: tuple[dict[str, Any], ...]
    refreshing: bool = False
    hook: Hook | None = None

    def done(self, revision: str | None = None) -> bool:
        """Return whether it is synced (to `revision`) and healthy, and no hook is to be waited for."""
        settled = self.sync == "Synced" and self.health == "Healthy" and not self.refreshing
        return settled and self.hook is None and revision in {None, self.revision}


@dataclass(frozen=True)
class Sync:
    """When Argo CD's last sync of an Application began, and the `Kind/name` it was for; none where it was for all."""

    began: str
    resources: frozenset[str]


def applications(cluster: Cluster) -> list[Application]:
    """Return every Application."""
    return [_read(item) for item in cluster.items(_PATH)]


def application(cluster: Cluster, name: str) -> Application | None:
    """Return an Application, None when there is none yet."""
    item = cluster.get(f"{_PATH}/{name}")
    return _read(item) if item else None


def last_sync(cluster: Cluster, name: str) -> Sync:
    """Return the last sync of an Application; it began at "" where there was none."""
    state = (cluster.get(f"{_PATH}/{name}") or {}).get("status", {}).get("operationState", {})
    named = state.get("operation", {}).get("sync", {}).get("resources", [])
    return Sync(state.get("startedAt", ""), frozenset(f"{one['kind']}/{one['name']}" for one in named))


def refresh(cluster: Cluster, name: str) -> None:
    """Have Argo CD look at the repository now, and not at its next poll."""
    cluster.patch(f"{_PATH}/{name}", {"metadata": {"annotations": {_REFRESH: "normal"}}})


def hold(cluster: Cluster, name: str) -> None:
    """Have Argo CD look away from an Application: what is changed by hand stays, until `release`."""
    cluster.patch(f"{_PATH}/{name}", {"metadata": {"annotations": {_SKIP: "true"}}})


def release(cluster: Cluster, name: str) -> None:
    """Have Argo CD look at an Application again, and now; of one that was not held it is only asked to look."""
    cluster.patch(f"{_PATH}/{name}", {"metadata": {"annotations": {_SKIP: None, _REFRESH: "normal"}}})


def _read(item: dict[str, Any]) -> Application:
    status = item.get("status", {})
    operation = status.get("operationState", {})
    conditions = [c["message"] for c in status.get("conditions", []) if c["type"].endswith("Error")]
    failed = operation.get("phase") in _FAILED
    return Application(
        name=item["metadata"]["name"],
        sync=status.get("sync", {}).get("status", "Unknown"),
        health=status.get("health", {}).get("status", "Unknown"),
        revision=_revision(status.get("sync", {})),
        message="; ".join(conditions) or operation.get("message", ""),
        failure=operation.get("message", "") if failed else "; ".join(conditions),
        resources=tuple(status.get("resources", [])),
        refreshing=_REFRESH in item["metadata"].get("annotations", {}),
        hook=_hook(operation),
    )


def _hook(operation: dict[str, Any]) -> Hook | None:
    """Return the hook that keeps a sync from its good end: one that failed before one that runs."""
    if operation.get("phase", "Succeeded") == "Succeeded":
        return None
    results = (operation.get("syncResult") or {}).get("resources") or []
    found = [
        Hook(r["kind"], r["name"], r.get("namespace", ""), r["hookPhase"] in _FAILED, r.get("message", ""))
        for r in results
        if r.get("hookType") and r.get("hookPhase", "Succeeded") != "Succeeded"
    ]
    return next(iter(sorted(found, key=lambda hook: not hook.failed)), None)


def _revision(sync: dict[str, Any]) -> str:
    """Return the commit; of an Application with several sources that of the last, which lends a chart its values."""
    return sync.get("revision") or next(reversed(sync.get("revisions") or []), "")
