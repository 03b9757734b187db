"""Each alert has a drill that makes it fire for real, and each drill expects alerts that there are."""

import re
from collections.abc import Callable

import pytest

from lab.checks.alert_rules import Alert, alerts
from lab.checks.platform import HEARTBEAT
from lab.core.paths import CHECKOUT
from lab.drills.base import Drill
from lab.drills.catalogue import DRILLS
from lab.tools.gitops import render_part
from tests.contract.test_alerts import LOCAL, need

_TEMPLATED = re.compile(r"[{$]")


@pytest.fixture(scope="module")
def rules() -> list[Alert]:
    need("kubectl")
    return alerts(render_part(LOCAL, "monitoring", CHECKOUT))


def test_every_alert_has_a_drill(rules: list[Alert]) -> None:
    """The heartbeat apart: it always fires, so every drill's steady state proves it."""
    drilled = {page.alertname for kind in DRILLS for page in kind.pages}
    assert {rule.name for rule in rules} - drilled == {HEARTBEAT}


def test_every_drill_expects_alerts_that_there_are(rules: list[Alert]) -> None:
    """By name, and by the labels that the rule itself gives."""
    for kind in DRILLS:
        for page in kind.pages:
            own = [rule.labels for rule in rules if rule.name == page.alertname]
            assert own, f"{kind.name} expects {page.alertname}, which no rule is called"
            fits = [all(_may_be(labels, *pair) for pair in page.labels.items()) for labels in own]
            assert any(fits), f"{kind.name} expects {page}, which no rule makes"


def _may_be(labels: dict[str, str], name: str, value: str) -> bool:
    """Return whether a rule's label may have a value; one that comes from the series may have any."""
    return name not in labels or labels[name] == value or bool(_TEMPLATED.search(labels[name]))


@pytest.mark.parametrize(
    "complete",
    [
        lambda kind: re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.name) is not None,
        lambda kind: 0 < len(kind.title) <= 60,
        lambda kind: kind.heals or len(kind.hints) >= 2,
        lambda kind: all(page.within > 0 < page.clears for page in kind.pages),
    ],
    ids=["name", "title", "hints", "bounds"],
)
def test_every_drill_is_complete(complete: Callable[[type[Drill]], bool]) -> None:
    assert [kind.name for kind in DRILLS if not complete(kind)] == []


def test_there_are_fourteen_drills_at_least_and_no_two_of_one_name() -> None:
    names = [kind.name for kind in DRILLS]
    assert len(set(names)) == len(names) >= 14
