"""Argo CD's controller is gone: nothing is delivered or healed any more, and what runs goes on."""

from lab.drills.base import Drill, Page

_NAME, _SPACE = "argocd-application-controller", "argocd"


class ArgocdGone(Drill):
    """The controller is scaled to none; nobody heals it, for it is who heals."""

    name = "argocd-gone"
    title = "Argo CD's controller is gone"
    pages = (Page("SignalMissing", {"signal": "argocd_app_info"}, within=300, clears=180),)
    takes = 60
    recovers = 240
    hints = (
        "Users notice nothing; whoever deploys does.",
        "A metric is missing.",
        "Who would tell whether Applications are synced?",
    )

    def fault(self) -> None:
        """Scale it to none."""
        self.field.scale("statefulset", _NAME, _SPACE, 0)

    def effect(self) -> str:
        """Tell that no pod of it is there."""
        return "" if self._ready() else "the application controller has no pod"

    def rollback(self) -> None:
        """Scale it back, and have it look at everything."""
        if not self._wanted():
            self.field.scale("statefulset", _NAME, _SPACE, 1)
            self.field.gitops.workload(_SPACE, "StatefulSet", _NAME)
            self.field.gitops.refresh()

    def steady(self) -> str:
        """Say so while it is not ready."""
        return "" if self._ready() else "Argo CD's controller is not ready"

    def _found(self) -> dict[str, dict[str, int]]:
        return self.field.cluster.get(f"/apis/apps/v1/namespaces/{_SPACE}/statefulsets/{_NAME}") or {}

    def _ready(self) -> bool:
        return bool(self._found().get("status", {}).get("readyReplicas", 0))

    def _wanted(self) -> bool:
        return bool(self._found().get("spec", {}).get("replicas", 1))
