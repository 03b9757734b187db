"""The lab's own images: built from the working tree, pushed to its registry, known by digest."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lab.core.config import Config
from lab.core.errors import LabError
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import SERVICES, LabState
from lab.stages.kind_artifacts import Artifacts
from lab.tools import images
from lab.tools.registry import Registry

GIT_SERVER, PAGER, LOAD_GENERATOR = "git-server", "pager", "load-generator"
TAG = "lab"
_COMMON = (
    "pyproject.toml",
    "uv.lock",
    ".dockerignore",
    "services/Dockerfile",
    "services/__init__.py",
    "services/common",
)


class _Built(BaseModel):
    """What an image was built from (a hash of its files), and its digest in the registry."""

    inputs: str
    digest: str


class OwnImages:
    """Builds and pushes what changed; what a bundle has of the same files is loaded instead."""

    def __init__(self, paths: Paths, state: LabState, config: Config, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._paths, self._notes = paths, paths.cache / f"built-{state.lab_id}"
        self._registry = Registry(state.registry)
        self._bundle = config.bundle / "own" if config.bundle else None

    def build(self, services: Sequence[str] = SERVICES) -> None:
        """Build and push the images of `services`."""
        for service in services:
            inputs = (*_COMMON, f"services/{service}")
            self._one(f"{service}-service", "services/Dockerfile", {"SERVICE": service}, inputs)

    def build_git_server(self) -> None:
        """Build and push the git server's image."""
        self._one(GIT_SERVER, "lab/git_server/Dockerfile", {}, ("lab/git_server", ".dockerignore"))

    def build_pager(self) -> None:
        """Build and push the pager's image."""
        self._one(PAGER, "lab/pager/Dockerfile", {}, ("lab/pager", ".dockerignore"))

    def build_load_generator(self) -> None:
        """Build and push the load generator's image, which nothing but load from inside of the cluster needs."""
        self._one(LOAD_GENERATOR, "loadtests/Dockerfile", {}, ("loadtests", ".dockerignore"))

    def digest(self, image: str) -> str | None:
        """Return the digest of `image` in the registry, None when it was never pushed."""
        return self._registry.digest(image, TAG)

    def save(self, folder: Path) -> None:
        """Write every image to `folder`, named by what it was built from; the load generator's if there was a need."""
        folder.mkdir(parents=True, exist_ok=True)
        for image in (*(f"{service}-service" for service in SERVICES), GIT_SERVER, PAGER, LOAD_GENERATOR):
            known = _read(self._notes / f"{image}.json")
            if known is None and image == LOAD_GENERATOR:
                continue
            if known is None:
                raise LabError(f"{image} was not built yet", fix="./inv lab.fetch builds it")
            images.save(f"kubeflow-ops/{image}:local", folder / f"{image}-{known.inputs[:16]}.tar")

    def _one(self, image: str, dockerfile: str, arguments: dict[str, str], inputs: Sequence[str]) -> None:
        note, hashed = self._notes / f"{image}.json", _hash(self._paths.checkout, inputs)
        known = _read(note)
        if known is not None and known == _Built(inputs=hashed, digest=self.digest(image) or ""):
            return
        local = f"kubeflow-ops/{image}:local"
        archive = self._bundle / f"{image}-{hashed[:16]}.tar" if self._bundle else None
        if archive is not None and archive.is_file():
            say(f"loading {archive.name}")
            images.load(archive)
        else:
            images.build(self._paths.checkout, dockerfile, local, arguments | self._artifacts.build_arguments())
        digest = images.push(local, f"{self._registry.address}/{image}:{TAG}")
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(_Built(inputs=hashed, digest=digest).model_dump_json())
        say(f"{image} is {digest[:19]}")


def _read(note: Path) -> _Built | None:
    try:
        return _Built.model_validate_json(note.read_text())
    except (OSError, ValidationError):
        return None


def _hash(checkout: Path, inputs: Sequence[str]) -> str:
    """Return a hash of the names and contents of all files that `inputs` (files and folders) hold."""
    whole = hashlib.sha256()
    for file in _files(checkout, inputs):
        whole.update(f"{file.relative_to(checkout)}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _files(checkout: Path, inputs: Sequence[str]) -> Iterator[Path]:
    for name in inputs:
        found = checkout / name
        within = sorted(found.rglob("*")) if found.is_dir() else [found]
        yield from (file for file in within if file.is_file() and "__pycache__" not in file.parts)
