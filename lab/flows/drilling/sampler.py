"""Looks at the lab once a second beside a drill: alerts and replicas, from the load to the end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from lab.checks.alert_watch import AlertWatch, Followed
from lab.checks.beside import Beside
from lab.core.errors import LabError
from lab.core.state import SERVICES
from lab.drills.field import Field

_SIGHT = 5.0  # seconds after a look at alerts in which there need not be another


class Sampler(Beside):
    """Entered while it looks. `clock` gives the seconds since the run began; `blind` is why the last look failed."""

    pause = 1.0

    def __init__(self, field: Field, clock: Callable[[], float]) -> None:
        super().__init__()
        self._field, self._clock = field, clock
        self._watch = AlertWatch(field.state, datetime.now(UTC))
        self.alerts: list[Followed] = []
        self.replicas: list[tuple[float, dict[str, int]]] = []
        self.blind = ""
        self._seen: tuple[float, float] | None = None  # when alerts were, and the blind seconds before that

    def look(self) -> None:
        """Look at alerts and replicas once."""
        self._seen = self._seen or (self._clock(), 0.0)
        try:
            self.alerts = self._watch.look()
            self._seen, self.blind = (self._clock(), self.blind_seconds), ""
        except LabError as error:
            self.blind = error.words
        with suppress(LabError):
            self.replicas.append((round(self._clock(), 1), self._available()))

    @property
    def blind_seconds(self) -> float:
        """Seconds until now in which nobody saw alerts; also where a look hangs."""
        if self._seen is None:
            return 0.0
        at, before = self._seen
        since = self._clock() - at
        return before + (since if since > _SIGHT else 0.0)

    @property
    def blind_now(self) -> str:
        """Why nobody sees alerts, "" where somebody does."""
        if self._seen is None or self._clock() - self._seen[0] <= _SIGHT:
            return ""
        return self.blind or "a look has not ended"

    def _available(self) -> dict[str, int]:
        return {service: self._field.available(f"{service}-service") for service in SERVICES}
