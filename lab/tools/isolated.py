"""Python programs whose packages must not meet the project's: each in an environment and by a lock of its own."""

import hashlib
import os
import sys
from pathlib import Path

from lab.core import proc
from lab.core.paths import Paths
from lab.core.say import progress, say

_STAMP = ".lock-sha256"


def ensure(project: Path, environment: Path, what: str, *, fix: str) -> Path:
    """Make `environment` fit the lock of `project` and return its interpreter; asks no network when it does.

    An interrupted installation is mended. Raises CommandError when the packages can't be had.
    """
    lock, python, stamp = project / "uv.lock", environment / "bin" / "python", environment / _STAMP
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted and python.exists():
        return python
    total, seen = lock.read_text().count("\n[[package]]"), 0
    say(f"first run: installing {what} from PyPI ({total} packages)")

    def on_line(line: str) -> None:
        nonlocal seen
        if line.startswith(" + "):
            seen += 1
            progress(min(seen, total), total)
        elif line.strip():
            say(line.strip())

    words = [os.environ.get("UV", "uv"), "sync", "--frozen", "--compile-bytecode", "--python", sys.executable]
    proc.run(
        [*words, "--project", project],
        env={"UV_PROJECT_ENVIRONMENT": str(environment), "VIRTUAL_ENV": ""},
        timeout=1800,
        on_line=on_line,
        fix=fix,
    )
    stamp.write_text(wanted)
    return python


def tool(paths: Paths, name: str, what: str) -> Path:
    """Return the interpreter of the isolated tool `name`, a folder of lab/isolated."""
    fix = "check the network or proxy (HTTPS_PROXY, UV_INDEX_URL) and try again"
    return ensure(paths.checkout / "lab" / "isolated" / name, paths.state / "isolated" / name, what, fix=fix)
