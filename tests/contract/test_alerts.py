"""gitops/platform/alerts: every alert is seen to fire and to stay quiet, and says who is to do what."""

import re
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.checks.alert_rules import Alert, alerts, records, rule_file
from lab.core import proc, slo
from lab.core.errors import LabError
from lab.core.paths import CHECKOUT
from lab.tools.gitops import render_part
from lab.tools.programs import program
from lab.tools.rendered import Rendered

type Json = dict[str, Any]
type Trees = dict[str, list[Rendered]]

TREE = "gitops/platform/alerts"
BASE, LOCAL = f"{TREE}/base", f"{TREE}/overlays/local"
CASES = sorted((CHECKOUT / "tests" / "prometheus").glob("*.yaml"))
RUNBOOK = CHECKOUT / "docs" / "runbook.md"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BY_NAMESPACE = '{{ if eq $labels.namespace "shop" }}shop{{ else }}platform{{ end }}'


def need(name: str) -> Path:
    try:
        return program(name)
    except LabError as error:
        pytest.skip(f"{error.what}: {error.why}")


@pytest.fixture(scope="module")
def trees() -> Trees:
    """The rendered rules of base, and of the lab."""
    need("kubectl")
    return {path: render_part(path, "monitoring", CHECKOUT) for path in (BASE, LOCAL)}


@pytest.fixture(scope="module")
def promtool() -> Path:
    return need("promtool")


def seconds(text: str) -> int:
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


def known_as(labels: dict[str, str], name: str) -> tuple[str, str]:
    """What tells an alert from all others: the burn alerts share a name."""
    return name, labels.get("burn_rate", "")


def firing(name: str, labels: dict[str, str]) -> str:
    pairs = {"alertname": name, "alertstate": "firing", **labels}
    return f"count(ALERTS{{{','.join(f'{key}="{value}"' for key, value in pairs.items())}}})"


def in_the_lab(case: Json) -> Json:
    """The case as the lab must pass it: what fires fires there too, already where base still waits."""
    entries: list[Json] = case.pop("alert_rule_test", [])
    asked = case.setdefault("promql_expr_test", [])
    for number, entry in enumerate(entries):
        name, when = entry["alertname"], entry["eval_time"]
        later = [e["exp_alerts"] for e in entries[number:] if e["alertname"] == name and e["exp_alerts"]]
        for alert in later[0] if later else []:
            sure = [{"labels": "{}", "value": 1}]
            asked.append({"expr": firing(name, alert["exp_labels"]), "eval_time": when, "exp_samples": sure})
        if not later:
            asked.append({"expr": firing(name, {}), "eval_time": when, "exp_samples": []})
    return case


def cases(file: Path) -> list[Json]:
    tests: list[Json] = yaml.safe_load(file.read_text())["tests"]
    return tests


def entries() -> list[list[Json]]:
    """The entries of every case, one list for each alert's name in it."""
    found = []
    for case in (case for file in CASES for case in cases(file)):
        asked = case.get("alert_rule_test", [])
        found += [[e for e in asked if e["alertname"] == name] for name in dict.fromkeys(e["alertname"] for e in asked)]
    return found


def fired(entry: Json) -> set[tuple[str, str]]:
    return {known_as(alert["exp_labels"], entry["alertname"]) for alert in entry["exp_alerts"]}


@pytest.mark.parametrize("path", [BASE, LOCAL])
def test_promtool_takes_the_rules(promtool: Path, trees: Trees, path: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(rule_file(trees[path]))
    proc.run([promtool, "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yaml"], timeout=60)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_case_holds(promtool: Path, trees: Trees, file: Path, tmp_path: Path) -> None:
    # Descriptions are compared, for they show values. Where the runbook is is told by one file, and looked at below.
    (tmp_path / "rules.yaml").write_text(rule_file(trees[BASE], {"description"}))
    (tmp_path / file.name).write_text(file.read_text())
    proc.run([promtool, "test", "rules", tmp_path / file.name], timeout=150)


# Not days.yaml: it looks at windows alone, which are the same in the lab, and takes half a minute.
@pytest.mark.parametrize("file", [file for file in CASES if file.stem != "days"], ids=lambda file: file.stem)
def test_a_case_holds_in_the_lab_too_and_sooner(promtool: Path, trees: Trees, file: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(rule_file(trees[LOCAL]))
    whole = {**yaml.safe_load(file.read_text()), "tests": [in_the_lab(case) for case in cases(file)]}
    (tmp_path / file.name).write_text(yaml.safe_dump(whole, sort_keys=False))
    proc.run([promtool, "test", "rules", tmp_path / file.name], timeout=150)


def test_every_alert_has_a_case_that_fires_and_one_that_stays_quiet(trees: Trees) -> None:
    there = {known_as(alert.labels, alert.name) for alert in alerts(trees[BASE])}
    assert {name for asked in entries() for entry in asked for name in fired(entry)} == there
    quiet = {
        name
        for asked in entries()
        for name in there
        if name[0] == asked[0]["alertname"] and not any(name in fired(entry) for entry in asked)
    }
    assert quiet == there - {("Watchdog", "")}, "Watchdog is quiet for a while alone"


def test_every_alert_that_waits_is_seen_to_wait(trees: Trees) -> None:
    waiting = {known_as(alert.labels, alert.name) for alert in alerts(trees[BASE]) if alert.wait}
    seen = set()
    for asked in entries():
        for name in {name for entry in asked for name in fired(entry)}:
            if list(takewhile(lambda entry: name not in fired(entry), asked)):  # noqa: B023 - used at once
                seen.add(name)
    assert seen == waiting
    assert {alert.name for alert in alerts(trees[BASE]) if not alert.wait} == {"Watchdog"}


def test_every_recording_rule_is_looked_at(trees: Trees) -> None:
    asked = " ".join(q["expr"] for file in CASES for case in cases(file) for q in case.get("promql_expr_test", []))
    named = set(re.findall(r"\w+:\w+:\w+", asked))
    assert named == records(trees[BASE])


def test_every_alert_says_who_is_to_do_what(trees: Trees) -> None:
    sections = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles(RUNBOOK.read_text())}
    for alert in alerts(trees[BASE]):
        assert alert.labels["severity"] in {"page", "ticket", "none"}, alert.name
        assert alert.labels["owner"] in {"shop", "platform", BY_NAMESPACE}, alert.name
        assert alert.annotations["summary"], alert.name
        assert alert.annotations["description"], alert.name
        page, _, section = alert.annotations["runbook_url"].partition("#")
        assert page.endswith("/blob/main/docs/runbook.md"), alert.name
        assert section in sections, f"{alert.name}: docs/runbook.md has no section #{section}"


def titles(text: str) -> list[str]:
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_one_file_says_where_the_runbook_is() -> None:
    files = [*(CHECKOUT / BASE).iterdir(), *(CHECKOUT / LOCAL).iterdir()]
    assert [file.name for file in files if "https://" in file.read_text()] == ["runbook.yaml"]


def test_alerts_of_one_name_are_told_apart_by_their_labels(trees: Trees) -> None:
    names = [known_as(alert.labels, alert.name) for alert in alerts(trees[BASE])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "bad", "budget"),
    [("AvailabilityBudgetBurn", "errors", slo.ERROR_RATIO), ("LatencyBudgetBurn", "slow", slo.SLOW_RATIO)],
)
def test_burn_alerts_have_the_thresholds_of_the_slos(trees: Trees, name: str, bad: str, budget: float) -> None:
    pattern = rf"http_requests_{bad}:ratio_rate(\w+){{service=\"order\"}} > ([\d.]+) \* ([\d.]+)\n"
    found = []
    for alert in (alert for alert in alerts(trees[BASE]) if alert.name == name):
        (long, rate, of), (short, *same) = re.findall(pattern, alert.expression)
        assert same == [rate, of]
        assert float(of) == budget
        assert alert.labels["burn_rate"] == rate
        found.append((float(rate), long, short, alert.labels["severity"]))
    assert found == list(slo.BURN_RATES)


def test_what_counts_as_slow_is_what_the_slo_says(trees: Trees) -> None:
    rules = rule_file(trees[BASE])
    assert set(re.findall(r'le="([\d.]+)"', rules)) == {str(slo.P95_SECONDS)}
    buckets = (CHECKOUT / "services" / "common" / "metrics.py").read_text()
    assert f" {slo.P95_SECONDS}," in buckets
    for budget, part in ((slo.ERROR_RATIO, "errors"), (slo.SLOW_RATIO, "slow")):
        assert f'1 - service:http_requests_{part}:ratio_rate{slo.BUDGET_DAYS}d{{service="order"}} / {budget}\n' in rules


def test_the_lab_differs_in_how_long_it_waits_alone(trees: Trees) -> None:
    def without(found: list[Alert]) -> list[tuple[object, ...]]:
        return [(a.name, a.expression, a.labels, a.annotations) for a in found]

    base, lab = alerts(trees[BASE]), alerts(trees[LOCAL])
    assert without(base) == without(lab)
    assert records(trees[BASE]) == records(trees[LOCAL])
    for slow, fast in zip(base, lab, strict=True):
        assert not slow.wait or 0 < seconds(fast.wait) < seconds(slow.wait), slow.name


def test_the_labs_comments_say_how_long_base_waits(trees: Trees) -> None:
    text = (CHECKOUT / LOCAL / "kustomization.yaml").read_text()
    said = dict(re.findall(r"\[alert=(\w+)\]\.for # base: (.+)$", text, re.MULTILINE))
    waits: dict[str, list[str]] = {}
    for alert in alerts(trees[BASE]):
        waits.setdefault(alert.name, []).extend([alert.wait] if alert.wait else [])
    assert said == {name: ", ".join(found) for name, found in waits.items() if found}
