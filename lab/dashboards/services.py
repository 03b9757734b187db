"""Service RED: how many requests, how many fail, how long they take."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.core import slo
from lab.dashboards.parts import PROMETHEUS, board, figure, lines, link, now, prom, variable

UID = "kubeflow-ops-services"
_REQUESTS = 'http_requests_total{service=~"$service"}'
_FAILED = 'http_requests_total{service=~"$service",status=~"5.."}'
_BUCKETS = 'http_request_duration_seconds_bucket{service=~"$service"}'
_SHOWN = "${__field.labels.service}"  # of the series that is clicked on
_WAYS_ON = [
    link("Logs of this service", "kubeflow-ops-logs", workload=f"{_SHOWN}-service"),
    link("Traces of this service", "kubeflow-ops-traces", service=_SHOWN),
]


def rate(by: str, requests: str = _REQUESTS) -> str:
    """Return requests a second, a series for each value of the labels `by`."""
    return f"sum by ({by}) (rate({requests}[$__rate_interval]))"


def quantile(share: float, by: str) -> str:
    """Return the duration that `share` of the requests stay under, in seconds."""
    return f"histogram_quantile({share}, {rate(f'{by}, le', _BUCKETS)})"


def build() -> Dashboard:
    """Return the dashboard. Failed requests are 0 where there is none: their series begins with the first one."""
    failed = f"({rate('service', _FAILED)} or {rate('service')} * 0)"
    return board(
        UID,
        "Services: rate, errors, duration",
        "Do the services answer, without errors, in time? Probes and /metrics are not counted.",
        figure(
            "Requests",
            "Requests a second that each service answers.",
            prom(rate("service"), "{{service}}"),
            unit="reqps",
            span=12,
        ),
        figure(
            "Failed",
            "Requests answered 5xx in the dashboard's time; other answers are the client's matter.",
            now(
                f"sum by (service) (increase({_FAILED}[$__range])) or sum by (service) ({_REQUESTS}) * 0",
                "{{service}}",
            ),
            unit="short",
            limits=[(1, "red")],
            span=12,
        ),
        "Rate",
        lines(
            "Requests by service",
            "What the load is.",
            prom(rate("service"), "{{service}}"),
            unit="reqps",
            links=_WAYS_ON,
        ),
        lines(
            "Requests by route",
            "Which route the load is on.",
            prom(rate("service, method, route"), "{{service}} {{method}} {{route}}"),
            unit="reqps",
            links=_WAYS_ON,
        ),
        "Errors",
        lines(
            "Share of failed requests",
            "5xx of all answers; the line is what the availability objective leaves.",
            prom(f"{failed} / {rate('service')}", "{{service}}"),
            unit="percentunit",
            limits=[(slo.ERROR_RATIO, "red")],
            links=_WAYS_ON,
        ),
        lines(
            "Answers by status",
            "4xx are refusals: a jump of them is a client's fault, or a changed contract.",
            prom(rate("service, status"), "{{service}} {{status}}"),
            unit="reqps",
            links=_WAYS_ON,
        ),
        "Duration",
        lines(
            "P50, P95, P99",
            "The line is the objective of P95. A diamond is one request: click it for its trace.",
            *(
                prom(quantile(share, "service"), f"{{{{service}}}} p{share * 100:.0f}", exemplars=True)
                for share in (0.5, 0.95, 0.99)
            ),
            unit="s",
            limits=[(slo.P95_SECONDS, "red")],
            links=_WAYS_ON,
        ),
        lines(
            "P95 by route",
            "Which route is slow.",
            prom(quantile(0.95, "service, method, route"), "{{service}} {{method}} {{route}}"),
            unit="s",
            limits=[(slo.P95_SECONDS, "red")],
            links=_WAYS_ON,
        ),
        variables=[
            variable("service", "One of the services", "label_values(http_requests_total, service)", PROMETHEUS)
        ],
    )
