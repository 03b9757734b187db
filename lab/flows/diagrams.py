"""`docs.diagrams`: writes what lab/diagrams draws to docs/img."""

from pathlib import Path

from lab.core.paths import CHECKOUT
from lab.diagrams.catalogue import FOLDER, files


def write(checkout: Path = CHECKOUT) -> list[str]:
    """Write every diagram that is not as its data draws it; return those files' paths."""
    changed = []
    for name, text in files().items():
        file = checkout / FOLDER / name
        if not file.is_file() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            changed.append(f"{FOLDER}/{name}")
    return changed
