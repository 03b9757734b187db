"""A release that is well by its probes and fails part of its requests: pages, and goes back by `git revert`."""

from typing import Any

from lab.drills.base import Page
from lab.drills.commit import Committed, setting


class BadDeploy(Committed):
    """A commit tells order-service to fail six of ten requests."""

    name = "bad-deploy"
    title = "A bad release of order-service"
    service = "order"
    pages = (
        Page("HighErrorRate", {"service": "order"}, within=240),
        Page("AvailabilityBudgetBurn", {"service": "order", "burn_rate": "14.4"}, within=330),
    )
    takes = 120
    may_fail = 0.8
    hints = (
        "When did it begin, and what changed then?",
        "Compare the ages of the services' pods.",
        "git log of what Argo CD syncs",
    )

    def change(self, overlay: dict[str, Any]) -> None:
        """Fail most requests; probes are spared."""
        setting(overlay, {"FAULTS": '{"error_ratio": 0.6, "status": 500}'})

    def effect(self) -> str:
        """Tell how many requests of the last minute failed."""
        failed = self.field.value('sum(rate(http_requests_total{service="order",status=~"5.."}[1m]))')
        return f"order-service fails {failed:.1f} requests/s" if failed else ""
