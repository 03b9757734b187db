"""Looks at the lab once a second beside a drill: alerts and replicas, from the load to the end."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from lab.checks.alert_watch import AlertWatch, Followed
from lab.core.errors import LabError
from lab.core.state import SERVICES
from lab.drills.field import Field

_EVERY = 1.0  # seconds


class Sampler:
    """Entered while it looks. `clock` gives the seconds since the run began; `blind` is why the last look failed."""

    def __init__(self, field: Field, clock: Callable[[], float]) -> None:
        self._field, self._clock, self._ended = field, clock, threading.Event()
        self._watch = AlertWatch(field.state, datetime.now(UTC))
        self._thread = threading.Thread(target=self._go, daemon=True)
        self.alerts: list[Followed] = []
        self.replicas: list[tuple[float, dict[str, int]]] = []
        self.blind = ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=30)

    def _go(self) -> None:
        while not self._ended.wait(_EVERY):
            try:
                self.alerts = self._watch.look()
                self.replicas.append((round(self._clock(), 1), self._available()))
                self.blind = ""
            except LabError as error:
                self.blind = f"{error.what}: {error.why}"

    def _available(self) -> dict[str, int]:
        return {service: self._field.available(f"{service}-service") for service in SERVICES}
