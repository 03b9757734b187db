"""More customers than two pods can serve: the autoscaler adds some, and takes them away when the customers go."""

from collections.abc import Sequence
from contextlib import ExitStack

from lab.drills.base import Drill, Load, Sign
from lab.drills.field import Field
from lab.drills.loads import begun
from lab.tools.locust import Background

_LEAST, _SECONDS = 2, 600
_CROWD = Load("order", users=30, rate=80, under_way=30)  # more would be a queue, not a load


class Surge(Drill):
    """A second load, beside a thin one."""

    name = "surge"
    title = "More load than two pods can take"
    load = Load("browse", users=1, rate=1)
    takes = 120
    lasts = 60
    may_fail = 0.02  # of the crowd's requests too
    recovers = 480  # the autoscaler waits before it takes pods away
    hints = ("It is not a fault of ours.", "There are more pods than usual.", "Who asks, and how much?")

    def __init__(self, field: Field, target: str = "") -> None:
        super().__init__(field, target)
        self._crowd, self._came = ExitStack(), list[Background]()

    def fault(self) -> None:
        """Let the customers in."""
        folder = self.field.paths.reports / "drills" / "surge-crowd"
        crowd = self._crowd.enter_context(begun(self.field, _CROWD, folder=folder, at_most=_SECONDS))
        self._came.append(crowd)

    def loads(self) -> Sequence[Background]:
        """The customers, also when they have gone."""
        return self._came

    def effect(self) -> str:
        """Tell what the autoscaler wants."""
        found = (
            self.field.cluster.get("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/order-service") or {}
        )
        wanted = found.get("status", {}).get("desiredReplicas", 0)
        return f"{wanted} pods are wanted" if wanted > _LEAST else ""

    def signs(self) -> Sequence[Sign]:
        """Pods that serve."""
        return [Sign("more pods serve", self._more, within=180)]

    def _more(self) -> str:
        count = self.field.available("order-service")
        return f"{count} pods are available" if count > _LEAST else ""

    def rollback(self) -> None:
        """Let the customers go; those of a process that was killed are ended with its other load."""
        self._crowd.close()

    def steady(self) -> str:
        """Say so while there are more pods than the least."""
        count = self.field.available("order-service")
        return "" if count == _LEAST else f"order-service has {count} pods, {_LEAST} are enough"
