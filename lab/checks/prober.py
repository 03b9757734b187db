"""One request after the other, each on a connection of its own, while something happens: how many failed, and why."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self

import httpx

_PAUSE = 0.02  # seconds between two requests


class Prober:
    """Asks `url` as long as it is entered; `sent` counts, `failures` counts by reason."""

    def __init__(self, url: str) -> None:
        self._url, self._ended = url, threading.Event()
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
            try:
                answer = httpx.get(self._url, timeout=10, trust_env=False)
            except httpx.HTTPError as error:
                self.failures[f"{type(error).__name__}: {error}"] += 1
            else:
                if not answer.is_success:
                    self.failures[f"{answer.status_code} {answer.text[:100]}"] += 1
