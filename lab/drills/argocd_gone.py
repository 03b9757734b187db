"""Argo CD's controller is gone: nothing is delivered or healed any more, and what runs goes on."""

from collections.abc import Sequence
from typing import Any

from lab.drills.base import Drill, Page, Sign
from lab.drills.drift import edit, edited
from lab.stages import kind_waits

_NAME, _SPACE, _LABEL = "argocd-application-controller", "argocd", "app.kubernetes.io/name"


class ArgocdGone(Drill):
    """The controller is scaled to none; nobody heals it, for it is who heals. Then somebody edits a Deployment."""

    name = "argocd-gone"
    title = "Argo CD's controller is gone"
    pages = (Page("SignalMissing", {"signal": "argocd_app_info"}, within=330, clears=240),)
    takes = 90
    recovers = 240
    hints = (
        "Users notice nothing; whoever deploys does.",
        "A metric is missing.",
        "Who would tell whether Applications are synced?",
    )

    def fault(self) -> None:
        """Scale it to none, and edit when it has ended."""
        self.field.scale("statefulset", _NAME, _SPACE, 0)
        self.field.ended(_NAME, _SPACE, _LABEL)
        edit(self.field)

    def effect(self) -> str:
        """Tell that no pod of it is there."""
        return "" if self._ready() else "the application controller has no pod"

    def signs(self) -> Sequence[Sign]:
        """An edit that nobody takes back."""
        return [Sign("what is edited by hand stays", self._stays, within=120)]

    def _stays(self) -> str:
        return edited(self.field) if self.effect() else ""

    def rollback(self) -> None:
        """Scale it back, and have it look at everything: it heals the edit."""
        if not self._found().get("spec", {}).get("replicas", 1):
            self.field.scale("statefulset", _NAME, _SPACE, 1)
            kind_waits.workload(self.field.cluster, _SPACE, "StatefulSet", _NAME)
            self.field.gitops.refresh()

    def steady(self) -> str:
        """Say so while it is not ready, or has not healed."""
        return edited(self.field) if self._ready() else "Argo CD's controller is not ready"

    def _found(self) -> dict[str, Any]:
        return self.field.cluster.get(f"/apis/apps/v1/namespaces/{_SPACE}/statefulsets/{_NAME}") or {}

    def _ready(self) -> bool:
        return bool(self._found().get("status", {}).get("readyReplicas", 0))
