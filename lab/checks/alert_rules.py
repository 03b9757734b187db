"""Alerts and recording rules of rendered PrometheusRules: as Prometheus' own rule file, and one by one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import yaml

from lab.tools.fields import Body, bodies, body, text
from lab.tools.rendered import Rendered


@dataclass(frozen=True)
class Alert:
    """One alerting rule. `wait` is its `for`, "" when it fires at once."""

    name: str
    expression: str
    wait: str
    labels: dict[str, str]
    annotations: dict[str, str]


def rule_file(objects: Sequence[Rendered], annotations: Collection[str] | None = None) -> str:
    """Return every group of `objects` as a rule file that promtool reads, with all annotations or only those named."""
    groups = _groups(objects)
    for rule in (rule for group in groups for rule in bodies(group, "rules")):
        if annotations is not None and "annotations" in rule:
            rule["annotations"] = {key: said for key, said in body(rule, "annotations").items() if key in annotations}
    return yaml.safe_dump({"groups": groups}, sort_keys=False, width=1000)


def alerts(objects: Sequence[Rendered]) -> list[Alert]:
    """Return every alerting rule; several may have one name."""
    return [
        Alert(text(r, "alert"), text(r, "expr"), text(r, "for"), _words(r, "labels"), _words(r, "annotations"))
        for r in _rules(objects)
        if "alert" in r
    ]


def records(objects: Sequence[Rendered]) -> set[str]:
    """Return the name of every series that a recording rule makes."""
    return {text(rule, "record") for rule in _rules(objects)} - {""}


def _groups(objects: Sequence[Rendered]) -> list[Body]:
    """Return copies, so that what is changed of one changes no object."""
    found = [
        group for item in objects if item.kind == "PrometheusRule" for group in bodies(item.body, "spec", "groups")
    ]
    return [{**group, "rules": [dict(rule) for rule in bodies(group, "rules")]} for group in found]


def _rules(objects: Sequence[Rendered]) -> list[Body]:
    return [rule for group in _groups(objects) for rule in bodies(group, "rules")]


def _words(rule: Body, field: str) -> dict[str, str]:
    return {key: str(said) for key, said in body(rule, field).items()}
