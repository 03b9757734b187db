"""`lab.trace`: an order's way through the services, as Tempo recorded it, as a tree."""

from collections.abc import Sequence
from uuid import UUID

from rich.console import Group, RenderableType
from rich.tree import Tree

from lab.core.errors import LabError, UsageError
from lab.core.wait import wait
from lab.flows import cluster
from lab.tools import tempo
from lab.tools.tempo import Span

_MS = 1e6  # nanoseconds


def trace(order_id: str, timeout: float = 15) -> list[list[Span]]:
    """Return the spans of each trace that has to do with an order, the one that placed it first.

    Waits up to `timeout` seconds, for spans arrive some seconds after what they tell of. Raises UsageError for a lab
    without traces or what is no order's id, WaitTimeout when Tempo has none.
    """
    try:
        wanted = str(UUID(order_id))
    except ValueError as error:
        raise UsageError(f"{order_id!r} is no order's id", why="it is no UUID", fix="GET /orders lists them") from error
    grafana = cluster.grafana()
    found = wait(
        "the order's trace",
        lambda: tempo.traces_of(grafana, "order.id", wanted),
        bool,
        explain=lambda _: "Tempo has none yet",
        delay=1,
        timeout=timeout,
        fix="look whether the order is there: GET /orders/<id>; older traces are kept for 24 hours",
    )
    return sorted((tempo.spans(grafana, trace_id) for trace_id in found), key=lambda spans: spans[0].start)


def render(traces: Sequence[Sequence[Span]]) -> RenderableType:
    """Return the traces as trees: service, span, its start after the first one's, and how long it took."""
    return Group(*(_tree(spans) for spans in traces))


def _tree(spans: Sequence[Span]) -> Tree:
    first = spans[0].start
    total = (max(span.end for span in spans) - first) / _MS
    tree, nodes = Tree(f"trace of {len(spans)} spans, {total:.1f} ms"), dict[str, Tree]()
    known = {span.id for span in spans}
    waiting = list(spans)
    while waiting:  # a parent may have begun later than its child, by another machine's clock
        ready = [span for span in waiting if span.parent not in known or span.parent in nodes]
        if not ready:
            raise LabError("the trace's spans are each other's parents", why=", ".join(span.id for span in waiting))
        for span in ready:
            nodes[span.id] = nodes.get(span.parent, tree).add(_line(span, first))
        waiting = [span for span in waiting if span.id not in nodes]
    return tree


def _line(span: Span, first: int) -> str:
    mark = "[red]✗[/] " if span.failed else ""
    took, after = (span.end - span.start) / _MS, (span.start - first) / _MS
    return f"{mark}[bold]{span.service}[/] {span.name} [dim]{span.kind}[/]  +{after:.1f} ms, {took:.1f} ms"
