"""Rules of the tree that linters can't say."""

import ast
import re
import tomllib

from lab.core import slo
from lab.core.paths import CHECKOUT
from lab.core.versions import load_lock

LONGEST = 250  # lines; about 100 is the habit
LONGEST_TASK = 10  # lines, without its signature


def _sources() -> list[tuple[str, str]]:
    files = [p for folder in ("lab", "services", "loadtests") for p in (CHECKOUT / folder).rglob("*.py")]
    return [(str(p.relative_to(CHECKOUT)), p.read_text()) for p in [*files, CHECKOUT / "tasks.py"]]


def test_no_module_is_longer_than_a_reader_likes() -> None:
    assert [name for name, text in _sources() if text.count("\n") > LONGEST] == []


def test_a_task_parses_calls_one_flow_and_prints() -> None:
    found = [
        f
        for name, text in _sources()
        if name.startswith("lab/tasks/")
        for f in ast.parse(text).body
        if isinstance(f, ast.FunctionDef)
    ]
    assert len(found) > 50  # all of them
    assert [f.name for f in found if _lines(f) > LONGEST_TASK] == []


def _lines(function: ast.FunctionDef) -> int:
    return (function.end_lineno or 0) - function.body[0].lineno + 1


def test_only_tasks_import_invoke() -> None:
    users = {name for name, text in _sources() if re.search(r"^(from|import) invoke", text, re.MULTILINE)}
    assert {name for name in users if not name.startswith("lab/tasks/")} == {"tasks.py"}


def test_processes_are_started_in_one_place() -> None:
    users = {
        name
        for name, text in _sources()
        if re.search(r"^\s*(import|from) subprocess|\bos\.system\(", text, re.MULTILINE)
    }
    assert users == {"lab/core/proc.py"}


def test_the_slos_in_the_docs_are_those_of_the_code() -> None:
    text = (CHECKOUT / "docs" / "slo-definitions.md").read_text()
    assert f"{1 - slo.ERROR_RATIO:.1%}".replace("%", " %") in text
    assert f"P95 < {slo.P95_SECONDS * 1000:.0f} ms" in text


def test_every_suppression_has_its_reason() -> None:
    bare = [
        f"{name}:{number}"
        for name, text in _sources()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(r"# type: ignore(\[[\w, -]+\])?\s*$|# noqa\s*$", line)
    ]
    assert bare == []


def test_mise_has_the_versions_of_the_lock() -> None:
    tools = tomllib.loads((CHECKOUT / "mise.toml").read_text())["tools"]
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    inv = (CHECKOUT / "inv").read_text()
    pins = {tool.name: tool.version for tool in load_lock().tool}
    python = project["tool"]["mypy"]["python_version"]
    uv = re.search(r"^uv_pin=(.+)$", inv, re.MULTILINE)
    assert uv is not None
    assert tools == {**pins, "python": python, "uv": uv[1]}
