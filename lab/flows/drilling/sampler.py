"""Looks at the lab once a second beside a drill: alerts and replicas, from the load to the end."""

from collections.abc import Callable
from datetime import UTC, datetime

from lab.checks.alert_watch import AlertWatch, Followed
from lab.checks.beside import Beside
from lab.core.errors import LabError
from lab.core.state import SERVICES
from lab.drills.field import Field


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

    def look(self) -> None:
        """Look at alerts and replicas once."""
        try:
            self.alerts = self._watch.look()
            self.replicas.append((round(self._clock(), 1), self._available()))
            self.blind = ""
        except LabError as error:
            self.blind = error.words

    def _available(self) -> dict[str, int]:
        return {service: self._field.available(f"{service}-service") for service in SERVICES}
