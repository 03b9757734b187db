"""Looking again and again beside something else that happens."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self


class Beside(ABC):
    """As long as it is entered, a thread of its own calls `look`, `pause` seconds after the last time."""

    pause: ClassVar[float]

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=30)

    @abstractmethod
    def look(self) -> None:
        """Look once; keep what was seen."""

    def _go(self) -> None:
        while not self._ended.wait(self.pause):
            self.look()
