"""SLOs and error budget, measured as docs/slo-definitions.md says."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.core import slo
from lab.dashboards.parts import board, figure, lines, link, listing, now, prom, rows

UID = "kubeflow-ops-objectives"
_ALL = 'http_requests_total{service="order"}'
_FAILED = 'http_requests_total{service="order",status=~"5.."}'
_BUCKETS = 'http_request_duration_seconds_bucket{service="order"}'
_PERIOD = "30d"
_WINDOWS = ("5m", "1h", "6h")
_WAYS_ON = [
    link("Services", "kubeflow-ops-services", service="order"),
    link("Traces", "kubeflow-ops-traces", service="order"),
]


def failed_share(window: str) -> str:
    """Return the share of requests that failed in `window`: 0 when none did."""
    return f"(sum(rate({_FAILED}[{window}])) or vector(0)) / sum(rate({_ALL}[{window}]))"


def p95(window: str) -> str:
    """Return the duration that 95 % of the requests in `window` stayed under, in seconds."""
    return f"histogram_quantile(0.95, sum by (le) (rate({_BUCKETS}[{window}])))"


def build() -> Dashboard:
    """Return the dashboard."""
    target, bound = 1 - slo.ERROR_RATIO, slo.P95_SECONDS
    return board(
        UID,
        "SLOs and error budget",
        "Do we keep what we promised, and how much may still go wrong? Orders only: docs/slo-definitions.md.",
        figure(
            "Availability, 30 days",
            f"Answered without a 5xx; {target:.1%} are promised. As far back as Prometheus remembers.",
            now(f"1 - {failed_share(_PERIOD)}"),
            unit="percentunit",
            base="red",
            limits=[(target, "green")],
        ),
        figure(
            "Error budget left",
            "1 is untouched, 0 is spent. Below one half risky changes wait, below 0 only repairs are shipped.",
            now(f"1 - {failed_share(_PERIOD)} / {slo.ERROR_RATIO}"),
            unit="percentunit",
            base="red",
            limits=[(0, "orange"), (0.5, "green")],
        ),
        figure(
            "P95 of the dashboard's time",
            f"Less than {bound:g} s is promised.",
            now(p95("$__range")),
            unit="s",
            limits=[(bound, "red")],
        ),
        figure(
            "Failed orders' requests",
            "5xx in the dashboard's time: each one is of the budget.",
            now(f"sum(increase({_FAILED}[$__range])) or vector(0)"),
            unit="short",
            limits=[(1, "orange")],
        ),
        "Availability",
        lines(
            "Burn rate",
            "How many times faster than allowed the budget is spent: at 1 it lasts 30 days, at 6 five, at 14.4 two.",
            *(prom(f"{failed_share(window)} / {slo.ERROR_RATIO}", window) for window in _WINDOWS),
            unit="short",
            limits=[(1, "yellow"), (6, "orange"), (14.4, "red")],
            links=_WAYS_ON,
        ),
        lines(
            "Share of failed requests",
            "The line is what the objective leaves.",
            prom(failed_share("$__rate_interval"), "5xx"),
            unit="percentunit",
            limits=[(slo.ERROR_RATIO, "red")],
            links=_WAYS_ON,
        ),
        "Latency",
        lines(
            "P95",
            "The line is the objective. A diamond is one request: click it for its trace.",
            prom(p95("$__rate_interval"), "p95", exemplars=True),
            unit="s",
            limits=[(bound, "red")],
            links=_WAYS_ON,
        ),
        lines(
            f"Share under {bound:g} s",
            "Below the line P95 is missed.",
            prom(
                f'sum(rate(http_request_duration_seconds_bucket{{service="order",le="{bound}"}}[$__rate_interval]))'
                ' / sum(rate(http_request_duration_seconds_count{service="order"}[$__rate_interval]))',
                "in time",
            ),
            unit="percentunit",
            limits=[(0.95, "green")],
            links=_WAYS_ON,
        ),
        "Who spends it",
        listing(
            "Failures by route",
            "5xx in the dashboard's time, the most first.",
            rows(
                f"sort_desc(sum by (method, route) (increase({_FAILED}[$__range]))"
                f" or sum by (method, route) ({_ALL}) * 0)"
            ),
        ),
        lines(
            "Orders accepted and notified of",
            "What goes in comes out; a gap that stays is in the outbox, the queue or the DLQ.",
            prom("sum(increase(orders_accepted_total[$__range]))", "accepted"),
            prom("sum(increase(notifications_sent_total[$__range])) or vector(0)", "notified"),
            unit="short",
        ),
    )
