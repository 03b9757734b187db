"""The workflows of GitHub: our own rules always, actionlint and zizmor where they are; each rule is seen to refuse."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.tools.programs import program
from tests.contract.workflows import RULES

WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
INVALID = CHECKOUT / "tests" / "invalid" / "workflows"
ZIZMOR = Path(sys.executable).with_name("zizmor")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_workflow_keeps_the_rule(rule: Callable[[str], list[str]], file: Path) -> None:
    assert rule(file.read_text()) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_refuses_what_breaks_it_and_no_other_rule_does(rule: Callable[[str], list[str]]) -> None:
    text = (INVALID / f"{rule.__name__.replace('_', '-')}.yml").read_text()
    assert [broken.__name__ for broken in RULES if broken(text)] == [rule.__name__]


def zizmor(*files: Path) -> proc.Completed:
    words: list[str | Path] = [ZIZMOR, "--offline", "--persona=pedantic", "--no-progress", "--color=never", *files]
    return proc.run(words, timeout=120, check=False)


def test_zizmor_finds_nothing() -> None:
    done = zizmor(*WORKFLOWS)
    assert done.code == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr


def test_zizmor_would_find_something() -> None:
    done = zizmor(INVALID / "nothing-is-pasted-into-a-shell.yml")
    assert done.code != 0
    assert "template-injection" in done.stdout


def test_actionlint_finds_nothing_and_would() -> None:
    try:
        actionlint = program("actionlint")
    except UsageError as error:
        pytest.skip(f"no workflow was read by actionlint: {error.what}")
    proc.run([actionlint, *WORKFLOWS], timeout=60)
    wrong = proc.run([actionlint, INVALID / "no-such-context.yml"], timeout=60, check=False)
    assert wrong.code == 1
    assert "context" in wrong.stdout
