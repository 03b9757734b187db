"""The workflows of GitHub: our own rules always, actionlint and zizmor where they are; each rule is seen to refuse."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

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


@pytest.mark.parametrize(("repository", "code"), [("you/your-fork", 0), ("", 1)])
def test_a_plan_that_would_take_its_own_roles_away_is_refused(tmp_path: Path, repository: str, code: int) -> None:
    jobs = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "terraform.yml").read_text())["jobs"]
    (script,) = [step["run"] for step in jobs["plan"]["steps"] if step.get("name", "").startswith("Refuse")]
    (tmp_path / "terraform.tfvars.json").write_text(json.dumps({"github_repository": repository}))
    if shutil.which("jq") is None:
        pytest.skip("jq is not on PATH, as it is on GitHub's machines")
    done = proc.run(["sh", "-ec", script], cwd=tmp_path, check=False)
    assert done.code == code, done.stderr
    assert ("names no github_repository" in done.stdout) == bool(code)


def test_the_plans_of_all_environments_that_there_are_are_shown(tmp_path: Path) -> None:
    jobs = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "terraform.yml").read_text())["jobs"]
    (script,) = [step["run"] for step in jobs["comment"]["steps"] if "run" in step]
    (tmp_path / "plan-dev").mkdir()
    (tmp_path / "plan-dev" / "plan.txt").write_text("No changes.")
    proc.run(["sh", "-ec", f"gh() {{ :; }}\n{script}"], cwd=tmp_path)
    assert (tmp_path / "comment.md").read_text() == "### Plan for dev\n\n```\nNo changes.\n```\n"


def test_actionlint_finds_nothing_and_would() -> None:
    try:
        actionlint = program("actionlint")
    except UsageError as error:
        pytest.skip(f"no workflow was read by actionlint: {error.what}")
    proc.run([actionlint, *WORKFLOWS], timeout=60)
    wrong = proc.run([actionlint, INVALID / "no-such-context.yml"], timeout=60, check=False)
    assert wrong.code == 1
    assert "context" in wrong.stdout
