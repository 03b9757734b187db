"""Images between the Docker Engine, the internet and the lab's registry."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.core import proc
from lab.core.errors import CommandError, LabError
from lab.core.say import progress, say
from lab.core.versions import Image


def repository_digests(reference: str) -> list[str] | None:
    """Return the digests under which the Engine knows an image (none: built here), None when it has it not."""
    seen = proc.run(
        ["docker", "image", "inspect", "--format", "{{json .RepoDigests}}", reference], timeout=30, check=False
    )
    return [digest.partition("@")[2] for digest in json.loads(seen.stdout) or []] if seen.code == 0 else None


def image_id(reference: str) -> str:
    """Return the Engine's id of an image, "" when it has it not."""
    seen = proc.run(["docker", "image", "inspect", "--format", "{{.Id}}", reference], timeout=30, check=False)
    return seen.stdout.strip() if seen.code == 0 else ""


def stand_ins(name: str) -> list[str]:
    """Return what the Engine has of the repository `name`, the newest first; then of the same path on other hosts."""
    form = "{{.Repository}}:{{.Tag}}"
    listed = proc.run(["docker", "images", "--format", form], timeout=30).stdout.split()
    found = {_whole(reference): reference for reference in listed if not reference.endswith(":<none>")}
    path = name.partition("/")[2]
    same = [f"{name}:{whole.rpartition(':')[2]}" for whole in found if whole.rpartition(":")[0] == name]
    other = [found[whole] for whole in found if whole.rpartition(":")[0].partition("/")[2] == path]
    return list(dict.fromkeys([*same, *other]))


def _whole(reference: str) -> str:
    """Return a reference with its registry's host, which the Engine leaves out for Docker Hub's."""
    host, separator, _ = reference.partition("/")
    if separator and ("." in host or ":" in host or host == "localhost"):
        return reference
    return f"docker.io/{reference}" if separator else f"docker.io/library/{reference}"


def pull(image: Image) -> None:
    """Pull an image by its digest and give it its tag. Raises LabError that names a rate limit and the way out."""
    by_digest = f"{image.name}@{image.digest}"
    say(f"pulling {by_digest}")
    try:
        proc.run(["docker", "pull", by_digest], timeout=1800, on_line=_Layers().read)
    except CommandError as error:
        fix = "./inv lab.fetch with a way to the internet, or ./inv lab.fetch --bundle DIR"
        if "toomanyrequests" in error.detail or "rate limit" in error.detail:
            fix = f"docker login {image.host}: who is known there may pull more; then ./inv lab.fetch goes on"
        raise LabError(f"{image.reference} can't be pulled", why=error.detail.splitlines()[-1], fix=fix) from error
    tag(by_digest, image.reference)


class _Layers:
    """Progress of a pull, out of what docker says of each layer."""

    def __init__(self) -> None:
        self._layers: dict[str, bool] = {}

    def read(self, line: str) -> None:
        layer, _, words = line.partition(": ")
        if words.startswith(("Pulling fs layer", "Pull complete", "Already exists")):
            self._layers[layer] = not words.startswith("Pulling")
            progress(sum(self._layers.values()), len(self._layers))


def untag(reference: str) -> None:
    """Take a name off an image of the Engine; its layers stay."""
    proc.run(["docker", "rmi", "--no-prune", reference], timeout=30, check=False)


def tag(known: str, reference: str) -> None:
    """Give an image of the Engine another name."""
    proc.run(["docker", "tag", known, reference], timeout=30)


def push(local: str, remote: str) -> str:
    """Push what the Engine calls `local` to `remote`; return the digest it has there."""
    tag(local, remote)
    try:
        pushed = proc.run(["docker", "push", remote], timeout=900)
    finally:
        untag(remote)
    match = re.search(r"digest: (sha256:[0-9a-f]{64})", pushed.stdout)
    if match is None:
        raise LabError(f"docker push {remote} told no digest", detail=pushed.stdout)
    return match[1]


def digest_at(remote: str) -> str:
    """Return the digest that a registry has under `remote` (host/path:tag), "" when it has none.

    Raises CommandError with the registry's words when it can't be asked.
    """
    words = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", remote]
    try:
        return proc.run(words, timeout=120).stdout.strip()
    except CommandError as error:
        if "not found" in error.detail:
            return ""
        raise


def load(archive: Path) -> None:
    """Load an archive of `docker save`."""
    proc.run(["docker", "load", "--quiet", "--input", archive], timeout=900)


def save(reference: str, archive: Path) -> None:
    """Write an image to an archive that `load` reads."""
    proc.run(["docker", "save", "--output", archive, reference], timeout=900)


def build(checkout: Path, dockerfile: str, tag: str, arguments: Mapping[str, str], options: Sequence[str] = ()) -> None:
    """Build an image with BuildKit; what it says is shown as it comes."""
    words = ["docker", "buildx", "build", "--load", "--progress", "plain", "--provenance", "false", "--tag", tag]
    words += [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    proc.run([*words, "--file", dockerfile, *options, "."], cwd=checkout, timeout=1800, on_line=_step)


def _step(line: str) -> None:
    if match := re.match(r"#\d+ \[.*\] (RUN .{0,60})", line):
        say(match[1])
