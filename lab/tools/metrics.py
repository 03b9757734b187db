"""Reads single values out of a service's /metrics."""

import httpx

from lab.tools.answers import expected


def value(url: str, name: str) -> float:
    """Return the sum of all samples called `name`, 0 when there is none yet. Raises AnswerError."""
    with expected(url, "./inv lab.logs"):
        text = httpx.get(f"{url}/metrics", timeout=10, trust_env=False).raise_for_status().text
    lines = (line.split(" # ")[0].rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return sum(float(parts[1]) for parts in lines if parts[0].split("{")[0] == name)
