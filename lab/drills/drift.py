"""Somebody edits what git declares, by hand and in the cluster: Argo CD puts it back, and no pod notices."""

from collections.abc import Sequence

from lab.drills.base import Drill, Sign
from lab.drills.field import SHOP, Field
from lab.tools import argocd
from lab.tools.argocd import Sync

_NAME, _APPLICATION = "user-service", "user"
_FIELD, _WRONG = "revisionHistoryLimit", 9


def edit(field: Field) -> None:
    """Change a field of a Deployment that starts no rollout."""
    field.cluster.patch(f"/apis/apps/v1/namespaces/{SHOP}/deployments/{_NAME}", {"spec": {_FIELD: _WRONG}})


def edited(field: Field) -> str:
    """Return what is not as git says, "" when all is."""
    value = field.deployment(_NAME).get("spec", {}).get(_FIELD)
    return f"{_FIELD} of {_NAME} is {value}" if value == _WRONG else ""


class Drift(Drill):
    """Argo CD may be done before anybody looks. What it did last, and for which object, stays to be seen."""

    name = "drift"
    title = "A Deployment is edited by hand"
    heals = True
    takes = 120  # Argo CD heals an Application ever more slowly that wants it often
    recovers = 120
    hints = ("What runs is not what git says.", "Look at what Argo CD synced last, and why.")

    def prepare(self) -> None:
        """Remember what Argo CD did last."""
        self._before = self._last()

    def fault(self) -> None:
        """Edit it."""
        edit(self.field)

    def effect(self) -> str:
        """Tell that it is edited, or was."""
        return edited(self.field) or self._healed()

    def signs(self) -> Sequence[Sign]:
        """What git says, by Argo CD."""
        return [Sign("healed by Argo CD", self._healed, within=120)]

    def _healed(self) -> str:
        sync = self._last()
        mine = sync.began > self._before.began and f"Deployment/{_NAME}" in sync.resources
        return f"Argo CD synced Deployment {_NAME} at {sync.began}" if mine and not edited(self.field) else ""

    def _last(self) -> Sync:
        return argocd.last_sync(self.field.cluster, _APPLICATION)

    def steady(self) -> str:
        """Say so while it is edited."""
        return edited(self.field)
