"""What a dashboard asks: the queries of its panels, with every variable's value in its place. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.tools.fields import Body, bodies, body, text
from lab.tools.grafana import Datasource

SCRAPE = 15  # seconds between two samples, as Grafana's datasource is told
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::\w+)?\}|\$([A-Za-z_]\w*)|\[\[([A-Za-z_]\w*)\]\]")
_ALL = "$__all"


@dataclass(frozen=True)
class Query:
    """One query of a panel; `uid` is its datasource's. `unknown` names the variable that has no value here."""

    dashboard: str
    panel: str
    text: str
    uid: str
    instant: bool = False
    service_map: bool = False
    unknown: str = ""


def queries(dashboard: Body, sources: Mapping[str, Datasource], seconds: int, step: int) -> Iterator[Query]:
    """Yield every query that a dashboard shows, over its last `seconds`, a value each `step` seconds."""
    values = built_in(seconds, step) | chosen(dashboard, sources)
    for panel in _panels(dashboard):
        for target in bodies(panel, "targets"):
            if target.get("hide") is not True:
                yield _query(text(dashboard, "title"), panel, target, values)


def built_in(seconds: int, step: int) -> dict[str, str]:
    """Return what Grafana itself puts in a query's place for time."""
    return {
        "__range": f"{seconds}s",
        "__range_s": f"{seconds}",
        "__range_ms": f"{seconds * 1000}",
        "__interval": f"{step}s",
        "__interval_ms": f"{step * 1000}",
        "__auto": f"{step}s",
        "__rate_interval": f"{max(step + SCRAPE, 4 * SCRAPE)}s",
    }


def chosen(dashboard: Body, sources: Mapping[str, Datasource]) -> dict[str, str]:
    """Return the value of each variable that has one when the dashboard is opened."""
    found = {text(one, "name"): _value(one, sources) for one in bodies(dashboard, "templating", "list")}
    return {name: value for name, value in found.items() if value is not None}


def resolve(words: str, values: Mapping[str, str]) -> str:
    """Put values in their variables' place. Raises KeyError with the name of a variable that has none."""
    return _VARIABLE.sub(lambda match: values[match[1] or match[2] or match[3]], words)


def _panels(dashboard: Body) -> Iterator[Body]:
    """Yield panels, those in collapsed rows too."""
    for panel in bodies(dashboard, "panels"):
        yield panel
        yield from bodies(panel, "panels")


def _query(title: str, panel: Body, target: Body, values: Mapping[str, str]) -> Query:
    uid = text(target, "datasource", "uid") or text(panel, "datasource", "uid")
    words = text(target, "expr") or text(target, "query")
    service_map = text(target, "queryType") == "serviceMap"
    instant = target.get("instant") is True or text(target, "queryType") == "instant"
    try:
        made, source, unknown = resolve(words, values), resolve(uid, values), ""
    except KeyError as error:
        made, source, unknown = words, uid, str(error.args[0])
    return Query(title, text(panel, "title"), made, source, instant, service_map, unknown)


def _value(one: Body, sources: Mapping[str, Datasource]) -> str | None:
    current = body(one, "current").get("value")
    if one.get("type") == "datasource":
        fitting = [source.uid for source in sources.values() if source.type == one.get("query")]
        return current if isinstance(current, str) and current in sources else next(iter(fitting), None)
    if current in (_ALL, [_ALL]):
        return text(one, "allValue") or ".*"
    if isinstance(current, list) and current:
        return "|".join(map(str, current))
    if isinstance(current, str) and current:
        return current
    return text(one, "query") if one.get("type") in {"textbox", "constant"} else None
