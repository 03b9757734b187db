"""What was fetched, remembered by digest: one file for each lab, which several steps write at once."""

import json
from pathlib import Path
from threading import Lock

from pydantic import BaseModel, ValidationError

from lab.core.files import replace

_writing = Lock()  # steps of one graph are threads; other commands are kept out by the lab's own lock


class Fetched(BaseModel):
    """One artefact that is here: what lab.lock asked for, what stands for it ("" when it is that), where it is.

    `digest` is the registry's. `image_id` is the Engine's name of an image that an archive proved to be the locked one.
    """

    locked: str
    substitute: str = ""
    digest: str = ""
    image_id: str = ""


class Notes:
    """The notes in `file`; a substitute counts only where `substitutes` are taken."""

    def __init__(self, file: Path, *, substitutes: bool) -> None:
        self._file, self._substitutes = file, substitutes

    def usable(self, name: str, locked: str) -> Fetched | None:
        """Return what was fetched for `name`, when lab.lock still says so and it may stand for it."""
        known = self.known().get(name)
        if known is None or known.locked != locked:
            return None
        return known if self._substitutes or not known.substitute else None

    def known(self) -> dict[str, Fetched]:
        """Return everything that is remembered; nothing when the file can't be read, so that all is looked at again."""
        try:
            raw = json.loads(self._file.read_text())
            return {name: Fetched.model_validate(seen) for name, seen in raw.items()}
        except (OSError, ValueError, AttributeError, ValidationError):
            return {}

    def remember(self, name: str, seen: Fetched) -> None:
        """Write one note, whole or not at all."""
        with _writing:
            known = {**self.known(), name: seen}
            replace(self._file, json.dumps({key: value.model_dump() for key, value in known.items()}, indent=2))
