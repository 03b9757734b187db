"""The git host is away: nothing new can be delivered, Argo CD can't tell what should be, and what runs goes on."""

from collections.abc import Sequence

from lab.drills.base import Drill, Page, Sign
from lab.stages import kind_waits
from lab.tools import argocd

_NAME, _SPACE = "git-server", "git"
_ASKED = "dashboards"  # nothing in it changes by itself: after a change Argo CD compares with what it remembers


class GitServerGone(Drill):
    """The lab's git server is scaled to none; its repository lies on a volume that stays."""

    name = "git-server-gone"
    title = "The git server is gone"
    pages = (Page("ArgoCdAppNotSynced", {"name": _ASKED}, within=240, clears=240),)
    recovers = 240
    hints = (
        "Users notice nothing; whoever deploys does.",
        "Argo CD can't tell whether an Application is synced.",
        "Can Argo CD reach what it compares with?",
    )

    def fault(self) -> None:
        """Scale it to none, and have Argo CD ask for what is new when it can't answer any more."""
        self.field.scale("deployment", _NAME, _SPACE, 0)
        self.field.ended(_NAME, _SPACE)
        self.field.gitops.refresh((_ASKED,))

    def effect(self) -> str:
        """Tell that no pod of it is there."""
        return "" if self.field.available(_NAME, _SPACE) else "the git server has no pod"

    def signs(self) -> Sequence[Sign]:
        """What Argo CD says."""
        return [Sign("Argo CD can't compare", self._unknown, within=120)]

    def _unknown(self) -> str:
        app = argocd.application(self.field.cluster, _ASKED)
        return f"{app.name} is {app.sync}: {app.message[:120]}" if app and app.sync == "Unknown" else ""

    def rollback(self) -> None:
        """Scale it back, and have Argo CD look again."""
        if self.field.scaled_back(_NAME, _SPACE, 1):
            kind_waits.workload(self.field.cluster, _SPACE, "Deployment", _NAME)
            self.field.gitops.refresh((_ASKED,))
            # Asks again: the server's address may lead to it a little later.
            kind_waits.synced(self.field.cluster, _ASKED, None)

    def steady(self) -> str:
        """Say so while it is not there."""
        return "" if self.field.available(_NAME, _SPACE) else "the git server is not ready"
