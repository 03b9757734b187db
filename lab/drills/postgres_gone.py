"""PostgreSQL is gone for good: no order can be kept, so none is accepted; none that was accepted is lost."""

from collections.abc import Sequence

from lab.core.state import SERVICES
from lab.drills.base import Page, Sign
from lab.drills.store_gone import StoreGone


class PostgresGone(StoreGone):
    """All three services need it."""

    name = "postgres-gone"
    title = "PostgreSQL is gone"
    store = "postgres"
    pages = (
        Page(
            "DeploymentReplicasMismatch", {"namespace": "shop", "deployment": "order-service"}, within=300, clears=300
        ),
    )
    may_fail = 1.0
    recovers = 240
    hints = (
        "Everything fails, in every service.",
        "What do the services' readiness probes say?",
        "kubectl get pods -n data",
    )

    def signs(self) -> Sequence[Sign]:
        """Services that can't keep anything take themselves out."""
        return [Sign("no service is ready", self._none, within=90)]

    def _none(self) -> str:
        ready = [name for name in SERVICES if self.field.available(f"{name}-service")]
        return "" if ready else "order, user and notification have no available pod"
