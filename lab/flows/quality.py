"""Linters, types, contracts and tests: what `invoke lint` and `invoke test` run, on a laptop as in CI."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lab.core import proc
from lab.core.errors import CommandError, UsageError
from lab.core.graph import Step, run_graph
from lab.core.paths import CHECKOUT
from lab.core.say import progress
from lab.core.view import view_for

LEVELS = ("unit", "contract", "services", "e2e", "long")  # what CI runs
_SIDE_BY_SIDE = (("unit", "contract", "services"), ("e2e",))  # the first keeps CPUs busy, the second mostly waits
CLUSTER = "cluster"  # takes a Docker Engine too
_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}  # or lines would come in heaps
_LINTERS = {
    "lint": ("-m", "ruff", "check"),
    "format": ("-m", "ruff", "format", "--check"),
    "types": ("-m", "mypy"),
    "imports": ("-c", "from importlinter.cli import lint_imports_command as run; run()"),
}


def lint(*, plain: bool) -> None:
    """Run every linter side by side; raises StepError with the first one's findings."""
    steps = [Step(name, lambda words=words: _python(words)) for name, words in _LINTERS.items()]  # type: ignore[misc] # a default binds each
    run_graph(steps, view_for(Console(stderr=True), plain=plain))


def test(level: str | None, keyword: str | None) -> None:
    """Run pytest on one level, or side by side on all but `long` and `cluster`; its lines go to stdout as they come.

    A keyword looks for tests in all but `cluster`. Raises CommandError when a test fails.
    """
    known = (*LEVELS, CLUSTER)
    if level is not None and level not in known:
        raise UsageError(f"no level is called {level!r}", fix=f"one of: {', '.join(known)}")
    groups: Sequence[Sequence[str]] = [[level]] if level else [LEVELS] if keyword else _SIDE_BY_SIDE
    failed: list[CommandError] = []

    def run(group: Sequence[str]) -> None:
        try:
            _python(_pytest(group, keyword), show=True)
        except CommandError as error:
            failed.append(error)  # the others go on: all that fails is to be seen

    steps = [Step(", ".join(group), lambda group=group: run(group)) for group in groups]  # type: ignore[misc] # a default binds each
    run_graph(steps, view_for(Console(stderr=True), plain=True))
    if failed:
        raise CommandError(failed[0].argv, failed[0].code, why="tests failed: see above", detail="") from failed[0]


def suite(level: str) -> None:
    """Run pytest on one level as a step of something larger: how far it came is its progress.

    Raises UsageError for an unknown level, CommandError with the last lines when a test fails.
    """
    if level not in LEVELS:
        raise UsageError(f"no level is called {level!r}", fix=f"one of: {', '.join(LEVELS)}")
    proc.run([sys.executable, *_pytest((level,), None)], cwd=CHECKOUT, env=_UNBUFFERED, timeout=3600, on_line=_far)


def _far(line: str) -> None:
    if found := re.search(r"\[ *(\d+)%\]$", line):
        progress(int(found[1]), 100)


def _pytest(levels: Sequence[str], keyword: str | None) -> list[str | Path]:
    words: list[str | Path] = ["-m", "pytest", "--durations=10", *(CHECKOUT / "tests" / name for name in levels)]
    if keyword:
        words += ["-k", keyword]
    if sys.stdout.isatty():
        words.append("--color=yes")
    return words


def _python(words: Sequence[str | Path], *, show: bool = False) -> None:
    on_line = (lambda line: print(line, flush=True)) if show else None  # noqa: T201 - the tool's own words
    proc.run([sys.executable, *words], cwd=CHECKOUT, env=_UNBUFFERED, timeout=3600, on_line=on_line)
