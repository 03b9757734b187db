"""The inbox: the last deliveries, and which alerts fire, on disk as one JSON a line. A restart loses nothing."""

import os
import sys
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from lab.pager.payload import Delivery, Notification, Wanted

KEPT = 1_000  # deliveries
KEPT_BYTES = 4 * 1024 * 1024  # of them: labels and annotations may be long, memory is not
_FIRING_SHARE = 2  # one part in so many of these bytes is what alerts that fire may take beside the history
QUIET = timedelta(hours=25)  # longer than any repeat_interval: an alert that was not told of for so long fires no more


class Inbox:
    """Deliveries in `folder`; safe to use from several threads."""

    def __init__(self, folder: Path, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> None:
        self._file, self._kept, self._kept_bytes = folder / "deliveries.jsonl", kept, kept_bytes
        self._lock = Lock()
        self._history: deque[tuple[Delivery, int]] = deque()
        self._bytes = self._firing_bytes = self._written = self._last = 0
        self._firing: dict[str, tuple[Delivery, int]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._torn = self._read()

    def add(self, sent: Notification) -> list[Delivery]:
        """Keep every alert of a notification. Raises OSError when the disk does not take it; then nothing is kept."""
        now = datetime.now(UTC)
        with self._lock:
            made = [Delivery.of(self._last + n, now, sent, alert) for n, alert in enumerate(sent.alerts, 1)]
            self._write(made)
            for delivery in made:
                self._take(delivery, len(delivery.json_line()))
        return made

    def deliveries(self, wanted: Wanted) -> list[Delivery]:
        """Return those that are wanted, the newest first."""
        with self._lock:
            found = [delivery for delivery, _ in reversed(self._history)]
        return [
            delivery
            for delivery in found
            if (wanted.since is None or delivery.received_at > wanted.since)
            and wanted.status in {None, delivery.status}
            and wanted.alertname in {None, delivery.alertname}
        ]

    def firing(self) -> list[Delivery]:
        """Return the last delivery of each alert that fires, the one that was told of last first.

        Alertmanager says nothing of an alert that ends while it is silenced, so one that was long quiet is let go. Of
        more than can be kept, those that were told of last stay.
        """
        oldest = datetime.now(UTC) - QUIET
        with self._lock:
            found = [delivery for delivery, _ in self._firing.values() if delivery.received_at > oldest]
        return sorted(found, key=lambda delivery: -delivery.id)

    def unwritable(self) -> str:
        """Return "" when the disk would take another delivery, else why it would not."""
        try:
            with self._lock, self._file.open("ab") as file:
                os.fsync(file.fileno())
        except OSError as error:
            return f"{self._file}: {error.strerror}"
        return ""

    def _take(self, delivery: Delivery, size: int) -> None:
        self._history.append((delivery, size))
        self._bytes += size
        self._last = max(self._last, delivery.id)
        while len(self._history) > 1 and (len(self._history) > self._kept or self._bytes > self._kept_bytes):
            self._bytes -= self._history.popleft()[1]
        self._let_go(delivery.fingerprint)  # so that the last is the one that was told of last
        if delivery.status == "firing":
            self._firing[delivery.fingerprint] = (delivery, size)
            self._firing_bytes += size
        while len(self._firing) > 1 and (
            len(self._firing) > self._kept or self._firing_bytes > self._kept_bytes // _FIRING_SHARE
        ):
            self._let_go(next(iter(self._firing)))

    def _let_go(self, fingerprint: str) -> None:
        if (known := self._firing.pop(fingerprint, None)) is not None:
            self._firing_bytes -= known[1]

    def _write(self, made: list[Delivery]) -> None:
        if self._torn or self._written > 2 * self._kept_bytes:
            self._compact()
        text = "".join(delivery.json_line() for delivery in made).encode()
        self._torn = True  # until all of it is there
        with self._file.open("ab") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._torn, self._written = False, self._written + len(text)

    def _compact(self) -> None:
        """Write anew what is kept: alerts that fire and left the history first, for reading goes from old to new."""
        kept = {delivery.id: delivery for delivery, _ in (*self._firing.values(), *self._history)}
        parts = self._file.with_suffix(".new")
        with parts.open("wb") as file:
            file.writelines(kept[number].json_line().encode() for number in sorted(kept))
            written = file.tell()
            file.flush()
            os.fsync(file.fileno())
        parts.replace(self._file)
        self._torn, self._written = False, written

    def _read(self) -> bool:
        """Read what an earlier process kept; return whether the file must be written anew before it is added to."""
        if not self._file.exists():
            return False
        torn = 0
        with self._file.open("rb") as file:
            for line in file:
                try:
                    delivery = Delivery.model_validate_json(line)
                except ValidationError:
                    torn += 1
                    continue
                self._take(delivery, len(line))
                self._written += len(line)
        if torn:
            sys.stderr.write(f"pager: {self._file}: {torn} lines are no deliveries, and are left out\n")
        return True
