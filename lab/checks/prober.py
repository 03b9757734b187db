"""One request after the other, each on a connection of its own, while something happens: how many failed, and why."""

import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx

_PAUSE = 0.02  # seconds between two requests


def answered(url: str) -> str:
    """Return "" when `url` answers with a success, else what is wrong."""
    try:
        answer = httpx.get(url, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return "" if answer.is_success else f"{answer.status_code} {answer.text[:100]}"


class Prober:
    """Asks as long as it is entered: `ask` returns what is wrong, or "". `sent` counts, `failures` by what is wrong."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._once, self._ended = ask, threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.sent, self.failures = 0, Counter[str]()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=15)

    def _ask(self) -> None:
        while not self._ended.wait(_PAUSE):
            self.sent += 1
            if wrong := self._once():
                self.failures[wrong] += 1
