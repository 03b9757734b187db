"""The one middleware around every request: its span, its metrics, its log line.

Plain ASGI on purpose: it is on the hot path of every request.
"""

import logging
import time
from typing import Any

from opentelemetry import context as otel
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.common.health import PROBES
from services.common.metrics import DURATION, REQUESTS, exemplar
from services.common.telemetry import ORDER_ID, context_of, tracer

access = logging.getLogger("access")
_SERVER_ERROR = 500


class Observe:
    """Wraps the app of `service`; probes and /metrics pass untouched."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        parent = headers.get(b"traceparent")
        method, began, status = scope["method"], time.perf_counter(), _SERVER_ERROR
        span = tracer.start_span(
            method, context=context_of(parent.decode("latin-1") if parent else None), kind=SpanKind.SERVER
        )

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = otel.attach(set_span_in_context(span))
        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            route = _route(scope)
            REQUESTS.labels(self._service, method, route, str(status)).inc(exemplar=exemplar())
            DURATION.labels(self._service, method, route).observe(seconds, exemplar=exemplar())
            access.info(
                "request",
                extra={"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 2)},
            )
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {"http.request.method": method, "http.route": route, "http.response.status_code": status}
            )
            if (order_id := scope.get("path_params", {}).get("order_id")) is not None:
                span.set_attribute(ORDER_ID, str(order_id))
            if status >= _SERVER_ERROR:
                span.set_status(Status(StatusCode.ERROR))
            span.end()
            otel.detach(token)


def _route(scope: Scope) -> str:
    """Return the route's template: ids in a label would make a time series for each order."""
    route: Any = scope.get("route")
    return str(route.path) if route is not None else "unknown"
