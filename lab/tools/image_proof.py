"""The proof that an image loaded from an archive is the one that lab.lock pins: an archive does not keep its digest.

The digest that lab.lock pins is that of an index, the index names a manifest for each platform by digest, the manifest
names the image's configuration by digest, and that is what the Engine calls the image's id. The proof is the two texts.
Source: the OCI image specification, image-index.md and manifest.md.
"""

import hashlib
import json
from pathlib import Path

from lab.core import proc
from lab.core.errors import LabError
from lab.core.versions import Image


def write(image: Image, folder: Path, name: str, image_id: str) -> None:
    """Write the proof of an image beside its archive; its registry is asked for it.

    Raises CommandError when it refuses, LabError for an image that is not of the pinned index.
    """
    index = _raw(image.name, image.digest)
    manifests = [entry["digest"] for entry in json.loads(index).get("manifests", [])] or [image.digest]
    for digest in manifests:
        manifest = index if digest == image.digest else _raw(image.name, digest)
        if image_id in _ids(image, digest, manifest):
            (folder / f"{name}.index.json").write_text(index)
            (folder / f"{name}.manifest.json").write_text(manifest)
            return
    why = f"none of its {len(manifests)} manifests is of the image {image_id}"
    raise LabError(f"{image.reference} is not what lab.lock pins", why=why, fix=f"docker rmi {image.reference}")


def flaw(image: Image, folder: Path, name: str, image_id: str) -> str:
    """Return "" when the image `image_id` is what lab.lock pins, else what of the proof is missing or wrong."""
    try:
        index, manifest = ((folder / f"{name}.{part}.json").read_text() for part in ("index", "manifest"))
    except OSError as error:
        return f"{error.filename} is not there"
    if _digest(index) != image.digest:
        return f"{name}.index.json has digest {_digest(index)}, lab.lock says {image.digest}"
    named = {entry["digest"] for entry in json.loads(index).get("manifests", [])} or {image.digest}
    if _digest(manifest) not in named:
        return f"{name}.manifest.json has digest {_digest(manifest)}, which its index does not name"
    if image_id not in _ids(image, _digest(manifest), manifest):
        return f"{name} holds the image {image_id}, which its manifest does not name"
    return ""


def _ids(image: Image, digest: str, manifest: str) -> set[str]:
    """Return what the Engine may call the image: by its configuration, or with containerd's store by a digest."""
    return {json.loads(manifest).get("config", {}).get("digest", ""), digest, image.digest}


def _raw(name: str, digest: str) -> str:
    """Return an index or manifest as its registry has it, to the byte."""
    argv = ["docker", "buildx", "imagetools", "inspect", "--raw", f"{name}@{digest}"]
    said = proc.run(argv, timeout=60).stdout
    found = next((text for text in (said, said.removesuffix("\n")) if _digest(text) == digest), None)
    if found is None:
        raise LabError(f"{name}@{digest} came with another digest", why=_digest(said), fix="try again")
    return found


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
