"""A pod dies, as by an out-of-memory kill of its node: the others go on answering, and a new one takes its place."""

from collections.abc import Sequence

from lab.core.state import SERVICES
from lab.drills.base import Drill, Sign
from lab.drills.field import SHOP


class KillPod(Drill):
    """The service's first pod is deleted without its time to drain."""

    name = "kill-pod"
    title = "A pod is killed"
    targets = SERVICES
    heals = True
    recovers = 120
    may_fail = 0.01  # requests that were under way in it
    hints = ("Compare the pods' ages.", "One service has a pod that is younger than the others.")

    def prepare(self) -> None:
        """Take the first pod."""
        self._before = self._names()
        self._name = min(self._before)

    def fault(self) -> None:
        """Delete it with no grace."""
        self.field.kubectl.run(
            "delete", "pod", self._name, "--namespace", SHOP, "--grace-period=0", "--force", "--wait=false"
        )

    def effect(self) -> str:
        """Tell that it is gone."""
        return "" if self._name in self._names() else f"pod {self._name} is gone"

    def signs(self) -> Sequence[Sign]:
        """A pod that took its place."""
        return [Sign("a new pod", self._new)]

    def _new(self) -> str:
        return ", ".join(sorted(self._names() - self._before))

    def _names(self) -> set[str]:
        return {str(pod["metadata"]["name"]) for pod in self.field.pods(f"{self.target}-service")}
