"""Locust, headless: runs a scenario and returns what it measured."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

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
        "--csv", str(folder / "locust"), "--csv-full-history", "--exit-code-on-error", "0", "--loglevel", "WARNING",
    ]  # fmt: skip
    failures = folder / "failures.jsonl"
    failures.unlink(missing_ok=True)
    proc.run(words, cwd=cwd, env={**env, "LOAD_FAILURES": str(failures)}, timeout=seconds + 60, on_line=on_line)
    endpoints = [_endpoint(row) for row in _rows(folder / "locust_stats.csv")]
    kept = [json.loads(line) for line in failures.read_text().splitlines()] if failures.exists() else []
    return Measured(
        total=next(endpoint for endpoint in endpoints if endpoint.name == "Aggregated"),
        endpoints=[endpoint for endpoint in endpoints if endpoint.name != "Aggregated"],
        moments=_moments(_rows(folder / "locust_stats_history.csv")),
        failures=kept,
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as handle:
        return list(csv.DictReader(handle))


def _seconds(row: dict[str, str], column: str) -> float:
    """Return a column of milliseconds as seconds; Locust writes N/A where nothing was measured."""
    text = row.get(column, "")
    return 0.0 if text in {"", "N/A"} else float(text) / 1000


def _endpoint(row: dict[str, str]) -> Endpoint:
    return Endpoint(
        name=row["Name"],
        requests=int(row["Request Count"]),
        failures=int(row["Failure Count"]),
        p50=_seconds(row, "50%"),
        p95=_seconds(row, "95%"),
        p99=_seconds(row, "99%"),
    )


def _moments(rows: list[dict[str, str]]) -> list[Moment]:
    total = [row for row in rows if row["Name"] == "Aggregated"]
    first = int(total[0]["Timestamp"]) if total else 0
    return [
        Moment(
            second=int(row["Timestamp"]) - first,
            rps=float(row["Requests/s"]),
            failures=float(row["Failures/s"]),
            p95=_seconds(row, "95%"),
        )
        for row in total
    ]
