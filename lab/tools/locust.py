"""Locust, headless: runs a scenario and returns what it measured."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from lab.core import proc


class Endpoint(BaseModel):
    """One kind of request over the whole run; times are seconds, NaN-free."""

    name: str
    requests: int
    failures: int
    p50: float
    p95: float
    p99: float


class Moment(BaseModel):
    """All requests at one second of the run; `p95` looks back some seconds, as Locust does."""

    second: int
    rps: float
    failures: float
    p95: float


class Measured(BaseModel):
    """What a run showed. `total` is the sum of all endpoints."""

    total: Endpoint
    endpoints: list[Endpoint]
    moments: list[Moment]
    failures: list[dict[str, str | None]]


def run(
    scenario: str,
    *,
    users: int,
    seconds: int,
    env: dict[str, str],
    folder: Path,
    cwd: Path,
    on_line: Callable[[str], None],
) -> Measured:
    """Run `scenario` (a class of loadtests/locustfile.py) for `seconds`. Raises CommandError when Locust fails."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [
        sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", scenario, "--headless",
        "--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s", "--stop-timeout", "10",
        "--csv", str(folder / "locust"), "--csv-full-history",
        "--json-file", str(folder / "locust"), "--exit-code-on-error", "0", "--loglevel", "WARNING",
    ]  # fmt: skip
    failures = folder / "failures.jsonl"
    failures.unlink(missing_ok=True)
    proc.run(words, cwd=cwd, env={**env, "LOAD_FAILURES": str(failures)}, timeout=seconds + 60, on_line=on_line)
    rows: list[dict[str, Any]] = json.loads((folder / "locust.json").read_text())
    kept = [json.loads(line) for line in failures.read_text().splitlines()] if failures.exists() else []
    return Measured(
        total=endpoint("all", rows),
        endpoints=[endpoint(row["name"], [row]) for row in sorted(rows, key=lambda row: str(row["name"]))],
        moments=_moments(rows, _rows(folder / "locust_stats_history.csv")),
        failures=kept,
    )


def endpoint(name: str, rows: Sequence[dict[str, Any]]) -> Endpoint:
    """Sum up rows of Locust's JSON; `response_times` of a row counts its answers by rounded milliseconds."""
    times: Counter[float] = Counter()
    for row in rows:
        times.update({float(ms) / 1000: count for ms, count in row["response_times"].items()})
    return Endpoint(
        name=name,
        requests=sum(row["num_requests"] for row in rows),
        failures=sum(row["num_failures"] for row in rows),
        p50=percentile(times, 0.50),
        p95=percentile(times, 0.95),
        p99=percentile(times, 0.99),
    )


def percentile(times: Counter[float], share: float) -> float:
    """Return the least time that at least `share` of all answers did not exceed; 0 when there are none."""
    wanted, seen = share * times.total(), 0
    for seconds in sorted(times):
        seen += times[seconds]
        if seen >= wanted:
            return seconds
    return 0.0


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as handle:
        return list(csv.DictReader(handle))


def _seconds(row: dict[str, str], column: str) -> float:
    """Return a column of milliseconds as seconds; Locust writes N/A where nothing was measured."""
    text = row.get(column, "")
    return 0.0 if text in {"", "N/A"} else float(text) / 1000


def _moments(rows: Sequence[dict[str, Any]], history: Sequence[dict[str, str]]) -> list[Moment]:
    """Return each second's own count of answers and failures; only P95 is Locust's, which looks back ten seconds."""
    answers: Counter[int] = Counter()
    failures: Counter[int] = Counter()
    for row in rows:
        answers.update({int(second): count for second, count in row["num_reqs_per_sec"].items()})
        failures.update({int(second): count for second, count in row["num_fail_per_sec"].items()})
    p95 = {int(row["Timestamp"]): _seconds(row, "95%") for row in history if row["Name"] == "Aggregated"}
    first = min(answers, default=0)
    return [
        Moment(second=second - first, rps=answers[second], failures=failures[second], p95=p95.get(second, 0.0))
        for second in range(first, max(answers, default=-1))  # the last second is not a whole one
    ]
