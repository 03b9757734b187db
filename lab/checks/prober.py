"""One request after the other, each on a connection of its own, while something happens: how many failed, and why."""

from collections import Counter
from collections.abc import Callable

import httpx

from lab.checks.beside import Beside


def answered(url: str) -> str:
    """Return "" when `url` answers with a success, else what is wrong."""
    try:
        answer = httpx.get(url, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return "" if answer.is_success else f"{answer.status_code} {answer.text[:100]}"


class Prober(Beside):
    """Asks as long as it is entered: `ask` returns what is wrong, or "". `sent` counts, `failures` by what is wrong."""

    pause = 0.02

    def __init__(self, ask: Callable[[], str]) -> None:
        super().__init__()
        self._ask = ask
        self.sent, self.failures = 0, Counter[str]()

    def look(self) -> None:
        """Ask once."""
        self.sent += 1
        if wrong := self._ask():
            self.failures[wrong] += 1
