"""A backup's files: its dumps, its manifest, the sums of both; and what keeps one from being restored."""

import hashlib
import shutil
from pathlib import Path

from pydantic import BaseModel

from lab.core.config import Runtime
from lab.core.errors import LabError, UsageError
from lab.tools.postgres_admin import Told

# What ends the name of a backup that nobody asked for: of what a restore replaced, of what a drill will break.
SAFETY, DRILL = "-safety", "-drill"
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


class Dump(BaseModel):
    """A service's database in a backup; `file` is of pg_dump's custom format, `size` its bytes."""

    file: str
    size: int
    held: Told


class Manifest(BaseModel):
    """A backup: its dumps by service, of which lab, at which commit of the checkout ("" where there is no git)."""

    name: str
    lab_id: str
    runtime: Runtime
    commit: str
    dumps: dict[str, Dump]


def kind(name: str) -> str:
    """Return what ends a backup's name, "" for one that was asked for."""
    return next((ending for ending in (SAFETY, DRILL) if name.endswith(ending)), "")


def surplus(names: list[str], keep: int) -> list[str]:
    """Return which of `names` are beyond the newest `keep` of their kind."""
    kinds = [[n for n in sorted(names, reverse=True) if kind(n) == ending] for ending in ("", SAFETY, DRILL)]
    return [name for one in kinds for name in one[keep:]]


def fresh(root: Path) -> Path:
    """Return an empty folder to make a backup in; what an interrupted one left goes."""
    part = root / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    return part


def write_sums(folder: Path) -> None:
    """Write the sums of all files, as `sha256sum -c` reads them."""
    lines = [f"{_sha256(file)}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines))


def unlike_sums(folder: Path) -> str:
    """Return what of a folder is not as its sums say: "" when all is."""
    try:
        lines = (folder / SUMS).read_text().splitlines()
        wanted = {name: total for total, _, name in (line.partition("  ") for line in lines)}
        found = {file.name: _sha256(file) for file in folder.iterdir() if file.name != SUMS}
    except (OSError, UnicodeDecodeError) as error:
        return f"{SUMS} can't be read: {error}"
    wrong = [f"{name} is not there" for name in wanted.keys() - found.keys()]
    wrong += [f"{name} is not in {SUMS}" for name in found.keys() - wanted.keys()]
    wrong += [f"{name} is not what was written" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    return "; ".join(sorted(wrong))


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def refusal(manifest: Manifest, lab_id: str, server: int, wanted: dict[str, int]) -> LabError | None:
    """Return why a backup can't be restored here, None when it can.

    `server` is the major version of this lab's PostgreSQL, `wanted` the services to restore with the migration that the
    code has for each.
    """
    if manifest.lab_id != lab_id:
        why = f"it is of the lab {manifest.lab_id}, this one is {lab_id}"
        return UsageError(f"backup {manifest.name} is another lab's", why=why, fix="./inv db.list shows this lab's")
    if absent := wanted.keys() - manifest.dumps.keys():
        why = f"it holds {', '.join(manifest.dumps)}"
        fix = f"--service {next(iter(manifest.dumps), '')}, or another backup: ./inv db.list"
        return UsageError(f"backup {manifest.name} has nothing of {', '.join(sorted(absent))}", why=why, fix=fix)
    for service, code in wanted.items():
        held = manifest.dumps[service].held
        if held.server > server:
            why = f"it is of PostgreSQL {held.server}, this lab's is {server}"
            return UsageError(
                f"backup {manifest.name} is of a newer server", why=why, fix="a lab on that rung reads it"
            )
        if held.migration != code:
            why = f"its database of {service} is at migration {held.migration}, the code is at {code}"
            fix = f"git checkout {manifest.commit or 'its commit'}, lab.up, restore: a later lab.up migrates it"
            return UsageError(f"backup {manifest.name} does not fit the code", why=why, fix=fix)
    return None
