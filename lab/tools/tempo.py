"""Traces, as Tempo has them, asked through Grafana's datasource."""

from dataclasses import dataclass
from typing import Any

from lab.tools.fields import bodies, text
from lab.tools.grafana import Grafana

_KINDS = {"SPAN_KIND_SERVER": "server", "SPAN_KIND_CLIENT": "client"}
_KINDS |= {"SPAN_KIND_PRODUCER": "producer", "SPAN_KIND_CONSUMER": "consumer"}


@dataclass(frozen=True)
class Span:
    """One span; times are nanoseconds since 1970, `parent` is "" for a root."""

    id: str
    parent: str
    service: str
    name: str
    kind: str
    start: int
    end: int
    failed: bool


def traces_of(grafana: Grafana, attribute: str, value: str) -> list[str]:
    """Return the ids of the traces with a span whose attribute has that value. Raises AnswerError."""
    query = f'{{ span.{attribute} = "{value}" }}'
    found = grafana.ask("tempo", "/api/search", {"q": query, "limit": "20"})
    return [text(item, "traceID").rjust(32, "0") for item in bodies(found, "traces")]


def spans(grafana: Grafana, trace_id: str) -> list[Span]:
    """Return a trace's spans, earliest first. Raises AnswerError."""
    answer = grafana.ask("tempo", f"/api/v2/traces/{trace_id}", {})
    whole = answer.get("trace", answer) if isinstance(answer, dict) else {}
    found = [
        _read(span, _attributes(resource.get("resource", {})).get("service.name", "unknown"))
        for resource in bodies(whole, "resourceSpans") or bodies(whole, "batches")
        for scope in bodies(resource, "scopeSpans")
        for span in bodies(scope, "spans")
    ]
    return sorted(found, key=lambda span: span.start)


def _read(span: dict[str, Any], service: str) -> Span:
    return Span(
        id=text(span, "spanId"),
        parent=text(span, "parentSpanId"),
        service=service,
        name=text(span, "name"),
        kind=_KINDS.get(text(span, "kind"), "internal"),
        start=int(span.get("startTimeUnixNano", 0)),
        end=int(span.get("endTimeUnixNano", 0)),
        failed=span.get("status", {}).get("code") in {2, "STATUS_CODE_ERROR"},
    )


def _attributes(resource: dict[str, Any]) -> dict[str, str]:
    return {text(pair, "key"): text(pair, "value", "stringValue") for pair in bodies(resource, "attributes")}
