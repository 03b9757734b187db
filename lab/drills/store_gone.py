"""A datastore is gone: what stands for RDS or ElastiCache has no pod, and Argo CD is held from healing it."""

from typing import ClassVar

from lab.drills.base import Drill
from lab.drills.field import DATA

_APPLICATION = "datastores"


class StoreGone(Drill):
    """The StatefulSet `store` is scaled to none; what it stored lies on its volume."""

    store: ClassVar[str]

    def fault(self) -> None:
        """Hold Argo CD, scale it to none."""
        self.field.hold(_APPLICATION)
        self.field.scale("statefulset", self.store, DATA, 0)

    def effect(self) -> str:
        """Tell that it has no pod."""
        return "" if self.field.pods(self.store, DATA) else f"{self.store} has no pod"

    def rollback(self) -> None:
        """Let Argo CD look again: it heals."""
        self.field.release(_APPLICATION)
