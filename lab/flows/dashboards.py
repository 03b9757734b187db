"""`gitops.dashboards`: writes what lab/dashboards makes to where Argo CD syncs it from."""

from pathlib import Path

from lab.core.paths import CHECKOUT
from lab.dashboards.catalogue import FOLDER, files


def write(checkout: Path = CHECKOUT) -> list[str]:
    """Write every dashboard that is not as its code makes it, remove what no code makes; return those files' names."""
    folder, wanted, changed = checkout / FOLDER, files(), []
    folder.mkdir(parents=True, exist_ok=True)
    there = {file.name: file.read_text() for file in folder.iterdir()}
    for name in sorted({*there, *wanted}):
        if name not in wanted:
            (folder / name).unlink()
        elif there.get(name) != wanted[name]:
            (folder / name).write_text(wanted[name])
        else:
            continue
        changed.append(name)
    return changed


def render(changed: list[str]) -> str:
    """Return what was done as lines."""
    return "\n".join(f"{FOLDER}/{name}" for name in changed) or "every dashboard is as its code makes it"
