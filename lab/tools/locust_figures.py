"""What Locust measured, read from the files that it leaves."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel


class Endpoint(BaseModel):
    """One kind of request over the whole run; times are seconds, NaN-free."""

    name: str
    requests: int
    failures: int
    p50: float
    p95: float
    p99: float


class Moment(BaseModel):
    """All requests at one second of the run; `p95`, in seconds, looks back some seconds, as Locust does."""

    second: int
    rps: float
    failures: float
    p95: float
    users: int = 0


class Generator(BaseModel):
    """How the load generator fared: `late` of its `arrivals` began late though nothing but itself was in their way.

    `cpu` is the most that one of its `processes` took of a CPU over five seconds. A closed loop has no arrivals.
    """

    arrivals: int = 0
    late: int = 0
    cpu: float = 0.0
    processes: int = 1


class Measured(BaseModel):
    """What a run showed. `total` is the sum of all endpoints."""

    total: Endpoint
    endpoints: list[Endpoint]
    moments: list[Moment]
    failures: list[dict[str, str | None]]
    generator: Generator = Generator()


def read(folder: Path, began: datetime | None = None, ended: datetime | None = None) -> Measured:
    """Read what a run left in `folder`; moments go from `began` to `ended`, by default from first to last answer."""
    rows: list[dict[str, Any]] = json.loads((folder / "locust.json").read_text())
    first = None if began is None else int(began.timestamp())
    end = None if ended is None else int(ended.timestamp())
    return Measured(
        total=endpoint("all", rows),
        endpoints=[endpoint(row["name"], [row]) for row in sorted(rows, key=lambda row: str(row["name"]))],
        moments=moments(rows, _rows(folder / "locust_stats_history.csv"), first, end),
        failures=_lines(folder / "failures.jsonl"),
        generator=generator(_lines(folder / "generator.jsonl")),
    )


def generator(processes: Sequence[dict[str, Any]]) -> Generator:
    """Sum up what the generator's processes told, the busiest one's share of a CPU apart."""
    return Generator(
        arrivals=sum(one["arrivals"] for one in processes),
        late=sum(one["late"] for one in processes),
        cpu=max((one["cpu"] for one in processes), default=0.0),
        processes=len(processes),
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


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as handle:
        return list(csv.DictReader(handle))


def _seconds(row: dict[str, str], column: str) -> float:
    """Return a column of milliseconds as seconds; Locust writes N/A where nothing was measured."""
    text = row.get(column, "")
    return 0.0 if text in {"", "N/A"} else float(text) / 1000


def moments(
    rows: Sequence[dict[str, Any]],
    history: Sequence[dict[str, str]],
    first: int | None = None,
    end: int | None = None,
) -> list[Moment]:
    """Return each second's own count of answers and failures; only P95 is Locust's, which looks back ten seconds.

    `first` and `end` are Unix seconds; `end`, like the last answer's, is no whole one and left out.
    """
    answers: Counter[int] = Counter()
    failures: Counter[int] = Counter()
    for row in rows:
        answers.update({int(second): count for second, count in row["num_reqs_per_sec"].items()})
        failures.update({int(second): count for second, count in row["num_fail_per_sec"].items()})
    looks = {int(row["Timestamp"]): row for row in history if row["Name"] == "Aggregated"}
    first = min(answers, default=0) if first is None else first
    end = max(answers, default=first) if end is None else end
    return [
        Moment(
            second=second - first,
            rps=answers[second],
            failures=failures[second],
            p95=_seconds(looks.get(second, {}), "95%"),
            users=int(looks.get(second, {}).get("User Count", 0)),
        )
        for second in range(first, end)
    ]
