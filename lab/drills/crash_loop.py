"""A setting that a service refuses: its new pods end as they start. The old ones stay, and serve."""

from typing import Any

from lab.drills.base import Page
from lab.drills.commit import Committed, setting
from lab.drills.field import SHOP
from lab.tools.cluster import Cluster


class CrashLoop(Committed):
    """A commit gives user-service a drain time that is no number."""

    name = "crash-loop"
    title = "user-service's new pods crash"
    service = "user"
    pages = (Page("PodCrashLooping", {"namespace": "shop"}, within=300),)
    takes = 150
    hints = ("Users notice nothing.", "A rollout does not get on.", "What does the newest pod of user-service log?")

    def change(self, overlay: dict[str, Any]) -> None:
        """Break a setting."""
        setting(overlay, {"DRAIN_SECONDS": "soon"})

    def effect(self) -> str:
        """Tell which container crashes."""
        return waiting(self.field.cluster, "user-service", {"CrashLoopBackOff"})


def waiting(cluster: Cluster, app: str, reasons: set[str]) -> str:
    """Return which container of a service's pods waits for one of `reasons`, "" when none does."""
    for pod in cluster.items(f"/api/v1/namespaces/{SHOP}/pods", labelSelector=f"app={app}"):
        status = pod.get("status", {})
        for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
            found = container.get("state", {}).get("waiting", {})
            if found.get("reason") in reasons:
                return f"{pod['metadata']['name']}: {container['name']} is in {found['reason']}"
    return ""
