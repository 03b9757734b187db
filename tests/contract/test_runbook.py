"""docs/runbook.md: every alert has a section with six parts, and each command in it is one that can be typed."""

import re
import shlex

import pytest

from lab.checks.alert_rules import alerts, records
from lab.checks.platform import HEARTBEAT
from lab.core import proc, slo
from lab.core.errors import LabError
from lab.core.paths import CHECKOUT
from lab.core.state import SERVICES
from lab.drills.catalogue import DRILLS
from lab.stages.kind_logs import WHERE
from lab.tools.gitops import render_part
from lab.tools.programs import program
from lab.tools.rendered import Rendered
from tasks import namespace

PARTS = ("Meaning", "Impact", "Diagnose", "Mitigate", "Escalate", "Rehearse")
QUERY = "/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy/api/v1/query?query="
SECTIONS = dict(
    re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", (CHECKOUT / "docs/runbook.md").read_text(), re.MULTILINE | re.DOTALL)
)
BUILT_IN = {"up"}  # a metric that Prometheus makes itself


@pytest.fixture(scope="module")
def rules() -> list[Rendered]:
    try:
        return render_part("gitops/platform/alerts/base", "monitoring", CHECKOUT)
    except LabError as error:
        pytest.skip(f"nothing can be rendered: {error.what}")


@pytest.fixture(scope="module")
def names(rules: list[Rendered]) -> list[str]:
    return sorted({alert.name for alert in alerts(rules)})


def commands(section: str) -> list[list[str]]:
    """The words of every line in the blocks of a section, and of every `./inv …` in its text."""
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    text = re.sub(r"^```sh\n.*?^```", "", section, flags=re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for line in [*lines, *re.findall(r"`(\./inv [^`]+)`", text)]]


def test_every_alert_has_a_section_and_every_section_of_alerts_an_alert(names: list[str]) -> None:
    assert [name for name, text in SECTIONS.items() if "**Meaning.**" in text] == [n for n in SECTIONS if n in names]
    assert set(names) <= set(SECTIONS)


def test_every_section_has_its_parts_and_something_to_type(names: list[str]) -> None:
    for name in names:
        assert tuple(re.findall(r"^\*\*(\w+)\.\*\*", SECTIONS[name], re.MULTILINE)) == PARTS, name
        assert re.search(r"\*\*Diagnose\.\*\*.*?^```sh\n\./inv", SECTIONS[name], re.MULTILINE | re.DOTALL), name


def test_every_section_names_the_drills_that_make_its_alert_fire(names: list[str]) -> None:
    for name in set(names) - {HEARTBEAT}:
        told = set(re.findall(r"`\./inv chaos\.([a-z-]+)`", SECTIONS[name].partition("**Rehearse.**")[2]))
        assert told == {kind.name for kind in DRILLS for page in kind.pages if page.alertname == name}, name


def test_every_command_of_a_section_can_be_typed(names: list[str]) -> None:
    tasks = {str(context.name): set(context.flags) for context in namespace.to_contexts()}
    for name in names:
        for inv, task, *words in commands(SECTIONS[name]):
            assert inv == "./inv", f"{name}: {inv} is no command of the lab"
            assert task in tasks, f"{name} names ./inv {task}"
            assert {word for word in words if word.startswith("-")} <= tasks[task], f"{name}: ./inv {task} {words}"
            if task == "lab.logs":
                assert words[0] in {*SERVICES, *WHERE}, f"{name}: nothing is called {words[0]}"


def test_kubectl_knows_every_verb_and_flag(names: list[str]) -> None:
    try:
        kubectl = program("kubectl")
    except LabError as error:
        pytest.skip(f"{error.what}: {error.why}")
    given = {words[2] for name in names for words in commands(SECTIONS[name]) if words[1] == "lab.kubectl"}
    assert given
    for line in given:
        words = shlex.split(line.partition(" -- ")[0])
        assert {words[1]} - {"-"}, line
        proc.run([kubectl, *words, "--help"], timeout=20)  # unknown flags are refused before help is given


def test_every_query_asks_for_a_metric_that_rules_use(names: list[str], rules: list[Rendered]) -> None:
    known = {*records(rules), *BUILT_IN}
    known |= {word for alert in alerts(rules) for word in re.findall(r"[a-z]\w+", alert.expression)}
    pages = [*(SECTIONS[name] for name in names), (CHECKOUT / "docs" / "slo-definitions.md").read_text()]
    asked = {metric for page in pages for metric in re.findall(re.escape(QUERY) + r"([\w:]+)", page)}
    assert asked
    assert asked <= known
    assert not [name for name in names if "query?query=" in SECTIONS[name] and QUERY not in SECTIONS[name]]


def test_the_docs_burn_rates_are_those_of_the_code() -> None:
    text = (CHECKOUT / "docs" / "slo-definitions.md").read_text()
    rows = re.findall(
        r"^\| ([\d.]+) \| [^|]+ \| (\w+) \| (\w+) \| ([\d.]+) % \| ([\d.]+) % \| (\w+) \|$", text, re.MULTILINE
    )
    assert [(float(rate), long, short, severity) for rate, long, short, _, _, severity in rows] == list(slo.BURN_RATES)
    for rate, _, _, errors, slow, _ in rows:
        assert float(errors) == pytest.approx(float(rate) * slo.ERROR_RATIO * 100)
        assert float(slow) == pytest.approx(float(rate) * slo.SLOW_RATIO * 100)
    assert f"at most {slo.SLOW_RATIO:.0%} of".replace("%", " %") in text
