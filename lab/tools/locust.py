"""Locust, headless: runs a scenario to its end, or beside something else, and returns what it measured."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.core import proc
from lab.core.state import SERVICES, LabState
from lab.tools import locust_figures, ports
from lab.tools.locust_figures import Endpoint, Measured, Moment

__all__ = ["Background", "Endpoint", "Measured", "Moment", "Plan", "command", "environment", "placed", "run"]

SLACK = 90  # seconds that Locust may take to begin and to end
_LAST_ANSWERS = 10  # seconds that requests under way get at the end
_END = _LAST_ANSWERS * 2.5  # seconds until it is killed, and leaves no figures
HEADLESS = ("--headless",)
_FILES = {"PLACED": "txt", "FAILURES": "jsonl", "GENERATOR": "jsonl"}  # LOAD_<name>, written by loadtests/journal.py


def environment(state: LabState) -> dict[str, str]:
    """Return where the running lab's services answer, as loadtests/ reads it, and the mark of the lab's processes."""
    return {f"LOAD_{name.upper()}_URL": state.url(name) for name in SERVICES} | {ports.MARK: state.lab_id}


@dataclass(frozen=True)
class Plan:
    """What to ask of the services.

    `scenario` is browse, order or mixed, `users` the most at once, `rate` the arrivals/s of so many together (0: a
    closed loop, each user as fast as it is answered), `shape` one of loadtests/shapes.py. `workers` are processes that
    share the users; 0 and 1: one process for all.
    """

    scenario: str
    users: int
    rate: float
    seconds: int
    shape: str = "steady"
    workers: int = 0


def run(
    plan: Plan, *, env: Mapping[str, str], folder: Path, cwd: Path, on_line: Callable[[str], None] = lambda _line: None
) -> Measured:
    """Run to the plan's end; all but `on_line`, which gets what Locust says, as in Background.

    Raises CommandError when Locust fails.
    """
    words, env = command(plan, env, folder)
    proc.run([*words, *HEADLESS], cwd=cwd, env=env, timeout=plan.seconds + SLACK, on_line=on_line)
    return locust_figures.read(folder)


def placed(folder: Path) -> list[str]:
    """Return the ids of the orders that were answered 2xx in the run that writes, or wrote, to `folder`."""
    file = folder / "placed.txt"
    lines = file.read_text().split("\n") if file.exists() else [""]
    return lines[:-1]  # what has no newline yet is not whole


class Background:
    """Load while its block runs, by a process of its own; it goes on when the services fail.

    `scenario`, `users` and `rate` are as in Plan, `env` is as `environment` makes it. Files go to `folder`. Should
    nobody end it, it ends itself after `at_most` seconds.
    """

    began: datetime  # UTC, whole seconds: when Locust was started, second 0 of the moments

    def __init__(
        self, scenario: str, *, users: int, rate: float, env: Mapping[str, str], folder: Path, cwd: Path, at_most: int
    ) -> None:
        words, self._env = command(Plan(scenario, users, rate, at_most), env, folder)
        self._words = [*words, *HEADLESS, "--only-summary"]
        self._folder, self._cwd = folder, cwd
        self._measured: Measured | None = None

    def __enter__(self) -> Self:
        self.began = datetime.now(UTC).replace(microsecond=0)
        self._process = proc.Started(self._words, cwd=self._cwd, env=self._env, log=self._folder / "locust.log")
        self.pid = self._process.pid
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.end(_END)

    def alive(self) -> bool:
        """Return whether Locust runs."""
        return self._process.alive()

    def stop(self) -> Measured:
        """End the load, giving requests under way a few seconds, and return what was measured; once more: the same.

        Raises CommandError, with Locust's last words, where it left no figures.
        """
        if self._measured is None:
            code = self._process.end(_END)
            try:
                self._measured = locust_figures.read(self._folder, self.began, datetime.now(UTC))
            except FileNotFoundError as error:
                raise self._process.failure(f"ended with code {code} and no figures") from error
        return self._measured

    def placed(self) -> list[str]:
        """Return the ids of the orders that were answered 2xx until now."""
        return placed(self._folder)


def command(plan: Plan, env: Mapping[str, str], folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return Locust's command and environment, `folder` cleared of what an earlier run left."""
    clear(folder)
    processes = ("--processes", str(plan.workers)) if plan.workers > 1 else ()
    return [sys.executable, *arguments(plan, folder), *processes], {**env, **settings(plan, folder)}


def clear(folder: Path) -> None:
    """Make `folder`, or remove what an earlier run left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = [folder / name for name in ("locust.json", "locust_stats_history.csv", "locust.log")]
    for file in (*_files(folder).values(), *whole):
        file.unlink(missing_ok=True)


def arguments(plan: Plan, folder: Path) -> list[str]:
    """Return what Python is called with for a process that is alone, or master; files go to `folder`."""
    return [
        "-m", "locust", "-f", "loadtests/locustfile.py", plan.scenario.title(),
        "--users", str(plan.users), "--spawn-rate", str(plan.users), "--run-time", f"{plan.seconds}s",
        "--stop-timeout", str(_LAST_ANSWERS), "--csv", str(folder / "locust"), "--csv-full-history",
        "--json-file", str(folder / "locust"), "--exit-code-on-error", "0", "--loglevel", "WARNING",
    ]  # fmt: skip


def settings(plan: Plan, folder: Path) -> dict[str, str]:
    """Return what loadtests/ reads of its environment beside where the services answer."""
    values = {"RATE": plan.rate, "USERS": plan.users, "SHAPE": plan.shape, "SECONDS": plan.seconds, **_files(folder)}
    return {f"LOAD_{name}": str(value) for name, value in values.items()}


def _files(folder: Path) -> dict[str, Path]:
    return {name: folder / f"{name.lower()}.{ending}" for name, ending in _FILES.items()}
