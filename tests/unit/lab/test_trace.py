"""An order's trace as a tree: whoever began first by the clock, a child stands below its parent."""

from dataclasses import replace

import pytest
from rich.console import Console

from lab.core.errors import LabError, UsageError
from lab.flows import trace
from lab.tools.tempo import Span

_ROOT = Span("a", "", "order-service", "POST /orders", "server", 1_000_000, 9_000_000, failed=False)
_CHILD = replace(_ROOT, id="b", parent="a", name="check user", kind="client", start=900_000, end=2_000_000)
_LOST = replace(_ROOT, id="c", parent="gone", service="notification-service", failed=True, start=5_000_000)


def shown(*spans: Span) -> list[str]:
    console = Console(width=120, no_color=True)
    with console.capture() as captured:
        console.print(trace.render([sorted(spans, key=lambda span: span.start)]))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_children_stand_below_their_parents_and_orphans_on_top() -> None:
    assert shown(_ROOT, _CHILD, _LOST) == [
        "trace of 3 spans, 8.1 ms",
        "├── order-service POST /orders server  +0.1 ms, 8.0 ms",
        "│   └── order-service check user client  +0.0 ms, 1.1 ms",
        "└── ✗ notification-service POST /orders server  +4.1 ms, 4.0 ms",
    ]


def test_a_circle_of_spans_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(LabError, match="each other's parents"):
        shown(replace(_ROOT, parent="b"), _CHILD)


def test_what_is_no_order_id_is_refused() -> None:
    with pytest.raises(UsageError, match="'42' is no order's id"):
        trace.trace("42")
