"""Orders that restores took back, accepted after the backup was made: lost, and written down here."""

import json
from pathlib import Path

from lab.core.paths import Paths


def record(paths: Paths) -> Path:
    """Return where they are written down."""
    return paths.data / "given-up.json"


def given_up(paths: Paths) -> set[str]:
    """Return the ids of all orders that restores took back."""
    file = record(paths)
    return set(json.loads(file.read_text())) if file.is_file() else set()
