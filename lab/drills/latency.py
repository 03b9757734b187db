"""A service answers, late: nothing fails, everything waits."""

from lab.core import slo
from lab.drills.base import Drill, Load, Page

_LATE_MS = 1500
_SLOW = 1.0  # seconds; without the fault it is a hundredth of that
_BURN = Page("LatencyBudgetBurn", {"service": "order", "burn_rate": "14.4"}, within=300)
_COUNTS = 0.4  # of them at its end: the hour is made of rates of five minutes, which take as long to know of a request
_ASKED = 'sum(increase(http_requests_total{service="order"}[1h]))'


class Latency(Drill):
    """Every pod of order-service delays its answers.

    LatencyBudgetBurn needs 72 % of the requests of an hour to be slow. It is expected where the hour was quiet enough
    for the drill's own requests to be that many; in a lab that was loaded for long it can't be, nor in production.
    """

    name = "latency"
    title = "order-service answers late"
    pages: tuple[Page, ...] = (Page("HighLatencyP99", {"service": "order"}, within=240), _BURN)
    load = Load("browse", users=40, rate=26)  # no more than they can ask who wait 1.5 s: also before the fault
    lasts = 60
    hints = (
        "Nothing fails, and users complain.",
        "Which of the services is slow by itself?",
        "Look at the spans of a slow trace.",
    )

    def prepare(self) -> None:
        """Look whether the hour was quiet enough for its budget to burn."""
        ours = self.load.rate * _BURN.within * _COUNTS
        share = ours / (ours + (self.field.value(_ASKED) or 0.0))
        if share <= slo.BURN_RATES[0][0] * slo.SLOW_RATIO:
            self.pages = tuple(page for page in type(self).pages if page is not _BURN)

    def fault(self) -> None:
        """Delay every answer but the probes'."""
        self.field.faults("order", latency_ms=_LATE_MS)

    def effect(self) -> str:
        """Tell how long an answer took."""
        answer = self.field.order_service("GET", "/orders?limit=1")
        if answer is None:
            return ""
        seconds = answer.elapsed.total_seconds()
        return f"GET /orders took {seconds:.1f} s" if seconds > _SLOW else ""

    def rollback(self) -> None:
        """Delay nothing."""
        self.field.faults("order")
