"""lab.lock: every image, chart, manifest and tool that the cluster rung takes from elsewhere, by version and digest."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lab.core.config import Profile
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT

_DIGEST = r"^sha256:[0-9a-f]{64}$"
_SHA256 = r"^[0-9a-f]{64}$"


class _Pin(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    profile: Profile = "core"  # the smallest that takes it


class Image(_Pin):
    """A container image: `name` with its registry host, `version` its tag, the digest of its manifest list."""

    digest: str = Field(pattern=_DIGEST)
    use: str

    @property
    def reference(self) -> str:
        """`host/path:tag`, as manifests write it."""
        return f"{self.name}:{self.version}"

    @property
    def host(self) -> str:
        return self.name.partition("/")[0]


class Chart(_Pin):
    """A Helm chart of the repository `repository`; the digest is its archive's SHA-256."""

    repository: str
    sha256: str = Field(pattern=_SHA256)

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}.tgz"

    @property
    def url(self) -> str:
        return f"{self.repository}/{self.file}"


class Manifest(_Pin):
    """A release's own YAML file."""

    url: str
    sha256: str = Field(pattern=_SHA256)


class Tool(_Pin):
    """A program: taken from PATH when it is of the major version of `fits` and not older, else from `url` by SHA-256.

    `url` and `member` (the program inside an archive) may say {version}, {os}, {arch} (amd64, arm64) and {machine}
    (x86_64, arm64). `also`: other names that it has on PATH.
    """

    fits: str
    also: tuple[str, ...] = ()
    url: str
    member: str = ""
    version_command: list[str]
    sha256: dict[str, str]


class Lock(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: list[Image]
    chart: list[Chart]
    manifest: list[Manifest]
    definition: list[Manifest] = []  # for gitops.validate and aws.rehearse-nodes: no lab takes them
    tool: list[Tool]
    check: list[Tool] = []  # taken by tests alone: nothing of them is fetched, bundled or looked for

    def the_image(self, name: str) -> Image:
        """Return the image whose name ends with `name`."""
        return next(image for image in self.image if image.name.endswith(name))

    def bases(self) -> dict[str, Image]:
        """Return the images that ours are built from, by the build argument that each Dockerfile has for it."""
        named = {"PYTHON_IMAGE": "library/python", "UV_IMAGE": "astral-sh/uv", "RUNTIME_IMAGE": "/python3-debian13"}
        return {argument: self.the_image(name) for argument, name in named.items()}

    def the_tool(self, name: str) -> Tool:
        """Return a tool. Raises UsageError when it is not pinned."""
        for tool in (*self.tool, *self.check):
            if tool.name == name:
                return tool
        raise UsageError(f"{name} is not pinned", fix="add it to lab.lock")


@cache
def load_lock(file: Path = CHECKOUT / "lab.lock") -> Lock:
    """Read lab.lock. Raises UsageError that names each wrong entry."""
    try:
        return Lock.model_validate(tomllib.loads(file.read_text()))
    except FileNotFoundError as error:
        raise UsageError(f"{file} is not there", fix="git checkout lab.lock") from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        wrong = (
            "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            if isinstance(error, ValidationError)
            else str(error)
        )
        raise UsageError(f"{file} can't be read", why=wrong, fix="correct it, or git checkout lab.lock") from error
