"""Programs that are built by `go install`: found by the module that Go wrote into them, not by their name."""

import mmap
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.core.errors import UsageError
from lab.core.paths import Paths


@dataclass(frozen=True)
class GoProgram:
    """A program of a Go module. `called`: its names on PATH; `exact`: no other version will do.

    Where it is built for a checkout it has a folder of its own in .lab/bin: two of them are both called kwok by Go.
    """

    package: str
    module: str
    version: str
    called: tuple[str, ...]
    exact: bool

    @property
    def folder(self) -> Path:
        """Where `install` puts it."""
        return Paths().bin / self.called[0]

    @property
    def install(self) -> str:
        """The line that builds it there."""
        where = self.folder.relative_to(Paths().checkout)
        return f'GOBIN="$PWD/{where}" go install {self.package}@{self.version}'


KARPENTER = GoProgram(
    "sigs.k8s.io/karpenter/kwok", "sigs.k8s.io/karpenter", "v1.14.1", ("karpenter-kwok", "kwok"), exact=True
)
KWOK = GoProgram("sigs.k8s.io/kwok/cmd/kwok", "sigs.k8s.io/kwok", "v0.7.0", ("kwok",), exact=False)


def find(*wanted: GoProgram) -> list[Path]:
    """Return where each program is, in .lab/bin or on PATH. Raises UsageError with the lines that build the others."""
    found = [_find(program) for program in wanted]
    if missing := [program for program, file in zip(wanted, found, strict=True) if file is None]:
        why = f"neither in .lab/bin nor on PATH: {', '.join(f'{m.package} {m.version}' for m in missing)}"
        fix = "with Go, some minutes and a way to its modules: " + "; ".join(program.install for program in missing)
        raise UsageError("a program of the simulation is not there", why=why, fix=fix)
    return [file for file in found if file is not None]


def _find(program: GoProgram) -> Path | None:
    own = program.folder / program.package.rpartition("/")[2]
    candidates = [own, *(Path(seen) for name in program.called if (seen := shutil.which(name)))]
    return next((file for file in candidates if file.is_file() and is_of(file, program)), None)


def is_of(file: Path, program: GoProgram) -> bool:
    """Return whether Go built `file` of the program's package, and of its version where that must be."""
    version = f"{program.version}\t" if program.exact else ""
    wanted = f"path\t{program.package}\nmod\t{program.module}\t{version}"
    if not file.stat().st_size:
        return False  # which can't be mapped
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(wanted.encode()) != -1
