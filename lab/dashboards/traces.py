"""Traces: who calls whom, how long that takes, and single requests to look into."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from lab.core import slo
from lab.dashboards.parts import PROMETHEUS, board, graph, lines, link, listing, prom, service_map, traces, variable

UID = "kubeflow-ops-traces"
_SPANS = 'service_name=~"$service"'
_CALLS = f"traces_span_metrics_calls_total{{{_SPANS}}}"
_FAILED = f'traces_span_metrics_calls_total{{{_SPANS},status_code="STATUS_CODE_ERROR"}}'
_BUCKETS = f"traces_span_metrics_duration_milliseconds_bucket{{{_SPANS}}}"
_WAYS_ON = [link("Logs of this service", "kubeflow-ops-logs", workload="${__field.labels.service_name}-service")]


def rate(by: str, spans: str = _CALLS) -> str:
    """Return spans a second, a series for each value of the labels `by`."""
    return f"sum by ({by}) (rate({spans}[$__rate_interval]))"


def build() -> Dashboard:
    """Return the dashboard."""
    return board(
        UID,
        "Traces",
        "Where does a request go, where does it spend its time, which ones failed?",
        graph(
            "Service graph",
            "Who calls whom. Queues are crossed too: order reaches notification over SQS.",
            service_map(),
        ),
        "Spans",
        lines(
            "Spans by service",
            "What the collector sees.",
            prom(rate("service_name"), "{{service_name}}"),
            unit="ops",
            links=_WAYS_ON,
        ),
        lines(
            "Share of failed spans",
            "By service.",
            prom(
                f"({rate('service_name', _FAILED)} or {rate('service_name')} * 0) / {rate('service_name')}",
                "{{service_name}}",
            ),
            unit="percentunit",
            limits=[(slo.ERROR_RATIO, "red")],
            links=_WAYS_ON,
        ),
        lines(
            "P95 by span",
            "The ten slowest.",
            prom(
                f"topk(10, histogram_quantile(0.95, {rate('service_name, span_name, le', _BUCKETS)}))",
                "{{service_name}} {{span_name}}",
                exemplars=True,
            ),
            unit="ms",
            limits=[(slo.P95_SECONDS * 1000, "red")],
            links=_WAYS_ON,
        ),
        lines(
            "Calls between services",
            "The edges of the graph above.",
            prom(
                "sum by (client, server) (rate(traces_service_graph_request_total[$__rate_interval]))",
                "{{client}} to {{server}}",
            ),
            unit="reqps",
            links=[link("Services", "kubeflow-ops-services", service="${__field.labels.server}")],
        ),
        "Newest traces",
        listing(
            "Of the service", "Click an id for the whole story.", traces('{ resource.service.name =~ "$service" }')
        ),
        listing("Orders", "That reached notification-service.", traces('{ name = "order-queue process" }')),
        variables=[
            variable(
                "service", "As spans name it", "label_values(traces_span_metrics_calls_total, service_name)", PROMETHEUS
            )
        ],
    )
