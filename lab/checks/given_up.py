"""Orders that restores took back, accepted after the backup was made: lost, and written down here."""

import json
from collections.abc import Iterable
from pathlib import Path

from lab.core.paths import Paths


def _file(paths: Paths) -> Path:
    return paths.data / "given-up.json"


def given_up(paths: Paths) -> set[str]:
    """Return the ids of all orders that restores took back."""
    file = _file(paths)
    return set(json.loads(file.read_text())) if file.is_file() else set()


def give_up(paths: Paths, orders: Iterable[str]) -> None:
    """Write down more of them, whole or not at all."""
    part = _file(paths).with_suffix(".part")
    part.write_text(json.dumps(sorted(given_up(paths) | set(orders))))
    part.rename(_file(paths))
