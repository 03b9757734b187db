"""Somebody edits what git declares, by hand and in the cluster: Argo CD puts it back, and no pod notices."""

from collections.abc import Sequence

from lab.drills.base import Drill, Sign
from lab.drills.field import SHOP

_FIELD, _WRONG = "revisionHistoryLimit", 9


class Drift(Drill):
    """A field of user-service's Deployment that starts no rollout is changed."""

    name = "drift"
    title = "A Deployment is edited by hand"
    heals = True
    recovers = 60
    hints = ("What runs is not what git says.", "Look at the Deployments' generations.")

    def prepare(self) -> None:
        """Remember which edition of the Deployment there is, and what git wants."""
        found = self.field.deployment("user-service")
        self._generation: int = found["metadata"]["generation"]
        self._wanted: int = found["spec"][_FIELD]

    def fault(self) -> None:
        """Edit it."""
        path = f"/apis/apps/v1/namespaces/{SHOP}/deployments/user-service"
        self.field.cluster.patch(path, {"spec": {_FIELD: _WRONG}})

    def effect(self) -> str:
        """Tell that there is another edition of it."""
        generation = self._now()[0]
        return (
            f"edition {generation} of the Deployment, {self._generation} before"
            if generation > self._generation
            else ""
        )

    def signs(self) -> Sequence[Sign]:
        """The edition after that: what git says."""
        return [Sign("healed by Argo CD", self._healed, within=60)]

    def _healed(self) -> str:
        generation, value = self._now()
        return f"{_FIELD} is {value} again" if generation > self._generation + 1 and value == self._wanted else ""

    def _now(self) -> tuple[int, int]:
        found = self.field.deployment("user-service")
        return found["metadata"]["generation"], found["spec"][_FIELD]
