"""HTML reports: one template each, self-contained, with charts drawn as SVG; the data beside them as JSON."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import BaseModel

from lab.core import slo
from lab.core.paths import Paths
from lab.tools.locust import Moment

_TEMPLATES = Path(__file__).parent / "templates"
_WIDTH, _HEIGHT = 1000.0, 180.0  # of a chart's drawing area, in SVG units


class Chart(BaseModel):
    """One line over time: `points` of an SVG polyline, `top` the value at its upper edge, `bound` where a limit is."""

    title: str
    unit: str
    points: str
    top: float
    last: int
    bound: float | None = None
    values: list[tuple[int, float]] = []


def chart(
    title: str, unit: str, values: Sequence[tuple[int, float]], bound: float | None = None, *, last: int = 1
) -> Chart:
    """Draw (second, value) pairs up to the second `last`, or further; a `bound` is always inside of the picture."""
    top = max([value for _, value in values] + [bound or 0, 1e-9]) * 1.1
    last = max([second for second, _ in values] + [last])
    points = " ".join(f"{second / last * _WIDTH:.1f},{_HEIGHT - value / top * _HEIGHT:.1f}" for second, value in values)
    line = None if bound is None else _HEIGHT - bound / top * _HEIGHT
    return Chart(title=title, unit=unit, points=points, top=top, last=last, bound=line, values=list(values))


def charts(moments: Sequence[Moment]) -> list[Chart]:
    """Return throughput, failures and latency of a run."""
    return [
        chart("Throughput", "requests/s", [(m.second, m.rps) for m in moments]),
        chart("P95 latency", "ms", [(m.second, m.p95 * 1000) for m in moments], slo.P95_SECONDS * 1000),
        chart("Failures", "requests/s", [(m.second, m.failures) for m in moments]),
    ]


def page(paths: Paths, kind: str, began: str) -> Path:
    """Return where the report of a run goes that began at an ISO time: such as up-20260131T235959.html."""
    return paths.reports / f"{kind}-{datetime.fromisoformat(began):%Y%m%dT%H%M%S}.html"


def rendered(template: str, **data: Any) -> str:
    """Return a template filled in; HTML is escaped, other text is not."""
    escape = select_autoescape(enabled_extensions=("html.j2",), default=False)
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=escape, undefined=StrictUndefined)  # noqa: S701 - select_autoescape, by extension
    return environment.get_template(template).render(**data)


def write(html: Path, template: str, data: BaseModel, **more: Any) -> None:
    """Write `html` from `template` and the data as JSON beside it; `<kind>-latest` copies point to the newest."""
    text = rendered(template, report=data, slo=slo, width=_WIDTH, height=_HEIGHT, **more)
    html.parent.mkdir(parents=True, exist_ok=True)
    latest = html.parent / f"{html.stem.rsplit('-', 1)[0]}-latest.html"
    for file in (html, latest):
        file.write_text(text)
        file.with_suffix(".json").write_text(data.model_dump_json(indent=2))
