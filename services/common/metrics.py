"""Metrics that every service has, as OpenMetrics with exemplars at /metrics."""

from fastapi import APIRouter, Response
from opentelemetry import trace
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

REQUESTS = Counter("http_requests", "HTTP requests answered", ["service", "method", "route", "status"])
DURATION = Histogram(
    "http_request_duration_seconds",
    "Time from the request's first byte to the answer's last",
    ["service", "method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10),  # 0.5 is the SLO's bound
)
router = APIRouter(include_in_schema=False)


def exemplar() -> dict[str, str] | None:
    """Return the current trace as an exemplar's labels, None outside of any span."""
    context = trace.get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}"} if context.is_valid else None


@router.get("/metrics")
async def metrics() -> Response:
    """Answer in OpenMetrics, the format that carries exemplars."""
    text = generate_latest(REGISTRY)  # type: ignore[no-untyped-call] # untyped upstream
    return Response(text, media_type=CONTENT_TYPE_LATEST)
