"""An overlay's image by digest: what a build changes in gitops/, in the lab as in CI."""

import re

import yaml

from lab.core.errors import UsageError
from lab.tools.fields import bodies

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def with_digest(text: str, image: str, digest: str) -> str:
    """Return a kustomization's text with `image` (a name of its `images:`) at `digest`; nothing else changes.

    Raises UsageError for what is no digest, and where the image has no line with its tag or digest.
    """
    if not _DIGEST.fullmatch(digest):
        raise UsageError(f"{digest!r} is no digest", fix="sha256: and 64 hex digits, as a registry answers a push")
    entry = re.compile(
        rf"^(\s*- name: {re.escape(image)}\n(?:\s+newName: \S+\n)?\s+)(?:newTag|digest): \S+.*$", re.MULTILINE
    )
    changed, count = entry.subn(rf"\g<1>digest: {digest}", text)
    if count != 1 or digest_of(changed, image) != digest:
        why = "its digest goes where its tag or digest stands"
        fix = f"write `- name: {image}` and, below it, newName and newTag or digest"
        raise UsageError(f"the overlay's images do not say how to take {image}", why=why, fix=fix)
    return changed


def digest_of(text: str, image: str) -> str:
    """Return the digest that a kustomization's text has `image` at, "" where there is none."""
    entries = (entry for entry in bodies(yaml.safe_load(text), "images") if entry.get("name") == image)
    return next((str(entry.get("digest", "")) for entry in entries if "newTag" not in entry), "")
