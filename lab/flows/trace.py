"""`lab.trace`: an order's way through the services, as Tempo recorded it, as a tree."""

from collections.abc import Sequence
from uuid import UUID

from rich.console import Group, RenderableType
from rich.tree import Tree

from lab.checks import smoke
from lab.core.errors import LabError, UsageError
from lab.core.paths import Paths
from lab.core.state import SERVICES, require
from lab.core.wait import wait
from lab.flows import cluster
from lab.tools import tempo
from lab.tools.grafana import Grafana
from lab.tools.tempo import Span

_MS = 1e6  # nanoseconds


NEW = "new"


def trace(order_id: str, timeout: float = 15) -> list[list[Span]]:
    """Return the spans of each trace that has to do with an order, the one that placed it first; NEW places one.

    Waits up to `timeout` seconds, for spans arrive some seconds after what they tell of. Raises UsageError for a lab
    without traces or what is no order's id, WaitTimeout when Tempo has none.
    """
    known = None if order_id == NEW else _id(order_id)
    grafana = cluster.grafana()
    wanted = known or smoke.send_order(require(Paths().run))
    return wait(
        "the order's trace",
        lambda: _traces(grafana, wanted),
        lambda found: bool(found) and (known is not None or not _lacking(found)),
        explain=lambda found: f"nothing of {', '.join(_lacking(found))} yet" if found else "Tempo has none yet",
        delay=1,
        timeout=timeout,
        fix="look whether the order is there: GET /orders/<id>; older traces are kept for 24 hours",
    )


def _id(order_id: str) -> str:
    try:
        return str(UUID(order_id))
    except ValueError as error:
        raise UsageError(
            f"{order_id!r} is no order's id", why="it is no UUID", fix=f"GET /orders lists them; {NEW} places one"
        ) from error


def _traces(grafana: Grafana, order_id: str) -> list[list[Span]]:
    found = (tempo.spans(grafana, trace_id) for trace_id in tempo.traces_of(grafana, "order.id", order_id))
    return sorted(found, key=lambda spans: spans[0].start)


def _lacking(traces: Sequence[Sequence[Span]]) -> list[str]:
    """Return the services that have told nothing yet."""
    return sorted(set(SERVICES) - {span.service for spans in traces for span in spans})


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
