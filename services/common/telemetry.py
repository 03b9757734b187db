"""OpenTelemetry: one tracer, W3C context in and out of HTTP and SQS."""

import asyncio

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.common.settings import Settings
from services.common.threads import Threads

_PROPAGATOR = TraceContextTextMapPropagator()
_LAST_SECONDS = 2  # for the last spans, at the end
ORDER_ID = "order.id"  # the attribute by which an order's traces are found
tracer = trace.get_tracer("services")


def configure(service: str, version: str, settings: Settings) -> TracerProvider:
    """Make every span ours; export them over OTLP/HTTP when an endpoint is set. The caller ends it by `shut_down`."""
    resource = Resource.create(
        {"service.name": service, "service.version": version, "deployment.environment.name": settings.environment}
    )
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    if settings.otel_exporter_otlp_endpoint is not None:
        endpoint = f"{str(settings.otel_exporter_otlp_endpoint).rstrip('/')}/v1/traces"
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(_PROPAGATOR)
    return provider


async def shut_down(provider: TracerProvider) -> None:
    """Export the last spans; a collector that does not answer costs them, not the time that the service has to end."""
    threads = Threads(1, "telemetry")
    await asyncio.wait({asyncio.wrap_future(threads.run(provider.shutdown))}, timeout=_LAST_SECONDS)
    threads.close()


def context_of(traceparent: str | None) -> Context:
    """Return the context that a `traceparent` names; an empty one when it is missing or malformed."""
    return _PROPAGATOR.extract({"traceparent": traceparent} if traceparent else {}, context=Context())


def traceparent(span: trace.Span | None = None) -> str | None:
    """Return the W3C traceparent of `span`, by default the current one; None outside of any span."""
    context = (span or trace.get_current_span()).get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def trace_id() -> str | None:
    """Return the current trace's id as 32 hex digits."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
