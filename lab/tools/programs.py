"""The pinned command-line tools: from PATH where the version fits, else downloaded to .lab/bin and verified."""

import hashlib
import io
import platform
import re
import shutil
import tarfile
import zipfile
from functools import cache
from pathlib import Path

import httpx

from lab.core import proc
from lab.core.config import load_config
from lab.core.errors import CommandError, LabError, UsageError
from lab.core.files import replace
from lab.core.paths import Paths
from lab.core.say import progress, say
from lab.core.versions import Tool, load_lock
from lab.tools import internet

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_MACHINES = {"amd64": "x86_64", "arm64": "arm64"}  # as other projects name the same


def here() -> str:
    """Return this machine's platform as lab.lock names it, such as linux-amd64. Raises UsageError for others."""
    machine = _ARCHITECTURES.get(platform.machine().lower())
    system = platform.system().lower()
    if machine is None or system not in {"linux", "darwin"}:
        fix = "Linux or macOS on x86-64 or ARM 64; ./inv lab.up --runtime host asks less"
        raise UsageError(f"no tools are pinned for {platform.system()} on {platform.machine()}", fix=fix)
    return f"{system}-{machine}"


@cache
def program(name: str, bundle: Path | None = None, *, offline: bool = False) -> Path:
    """Return where the pinned tool `name` is, fetching it first if it must be, from the folder `bundle` if it is there.

    `offline`, or the setting of that name, keeps it from the internet.

    Raises UsageError when it can't be had, LabError for a download that is not what lab.lock says.
    """
    tool = load_lock().the_tool(name)
    kept = _kept(tool)
    if kept.is_file():
        return kept
    seen = ""
    for found in filter(None, map(shutil.which, (name, *tool.also))):
        said = version_of(Path(found), tool)
        if fits(said, tool.fits):
            return Path(found)
        seen = seen or said or "that tells no version"
    if bundle is not None and fits(version_of(bundle / name, tool), tool.fits):
        replace(kept, (bundle / name).read_bytes(), 0o755)
        return kept
    return _download(tool, kept, seen, offline=offline or load_config().offline)


def linked(folder: Path) -> Path:
    """Return `folder` once it has a link for each pinned tool that was downloaded, by the name one types."""
    folder.mkdir(parents=True, exist_ok=True)
    for tool in load_lock().tool:
        (folder / tool.name).unlink(missing_ok=True)
        if _kept(tool).is_file():
            (folder / tool.name).symlink_to(_kept(tool))
    return folder


def _kept(tool: Tool) -> Path:
    return Paths().bin / f"{tool.name}-{tool.version}"


def version_of(file: Path, tool: Tool) -> str:
    """Return the version that a program says it is, "" when it says none, or can't be run."""
    if not file.is_file():
        return ""
    try:
        said = proc.run([file, *tool.version_command], timeout=20, check=False)
    except (UsageError, CommandError):
        return ""
    match = re.search(r"v?(\d+\.\d+(?:\.\d+)?)", said.stdout)
    return match[1] if match else ""


def fits(version: str, wanted: str) -> bool:
    """Return whether `version` is of the major version of `wanted` (such as 1.34), and its minor one or a later."""
    if not version:
        return False
    (major, minor), (wanted_major, wanted_minor) = (map(int, v.split(".")[:2]) for v in (version, wanted))
    return major == wanted_major and minor >= wanted_minor


def _download(tool: Tool, kept: Path, seen: str, *, offline: bool) -> Path:
    where = here()
    system, _, arch = where.partition("-")
    fix = f"install {tool.name} {tool.fits} on PATH, or call again with a way to the internet"
    on_path = f"PATH has {tool.name} {seen}, {tool.fits} or later is wanted" if seen else f"{tool.name} is not on PATH"
    if (wanted := tool.sha256.get(where)) is None:
        raise UsageError(f"{tool.name} {tool.version} has no pinned download for {where}", why=on_path, fix=fix)
    words = {"version": tool.version, "os": system, "arch": arch, "machine": _MACHINES[arch]}
    url = tool.url.format(**words)
    if offline:
        raise UsageError(
            f"{tool.name} {tool.version} is not there, and offline nothing is downloaded", why=on_path, fix=fix
        )
    say(f"{on_path}: downloading {url}")
    try:
        content = _get(url)
    except httpx.HTTPError as error:
        raise UsageError(
            f"{tool.name} {tool.version} can't be downloaded", why=f"{on_path}; {error}", fix=fix
        ) from error
    got = hashlib.sha256(content).hexdigest()
    if got != wanted:
        why = f"SHA-256 is {got}, lab.lock says {wanted}"
        raise LabError(
            f"{url} is not what lab.lock pins", why=why, fix="look who changed it before you change lab.lock"
        )
    member = tool.member.format(**words)
    replace(kept, _member(content, url, member) if member else content, 0o755)
    return kept


def _get(url: str) -> bytes:
    with internet.client() as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        total = int(answer.headers.get("content-length", 0))
        parts = bytearray()
        for chunk in answer.iter_bytes():
            parts += chunk
            if total:
                progress(len(parts), total)
        return bytes(parts)


def _member(content: bytes, url: str, name: str) -> bytes:
    if url.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(name)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        file = archive.extractfile(name)
        return file.read() if file else b""
