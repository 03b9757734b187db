"""Trivy, where it is on PATH; what it fails for is in trivy.yaml of the checkout, as CI has it."""

import shutil
from pathlib import Path

from lab.core import proc
from lab.core.say import say

_FIX = "update what it names; what can't be: an entry in .trivyignore with its reason"


def there() -> bool:
    """Return whether Trivy is on PATH."""
    return shutil.which("trivy") is not None


def tree(checkout: Path) -> None:
    """Scan the checkout's lock files, and all of it for secrets. Raises CommandError with what was found."""
    _run("fs", ".", cwd=checkout)


def image(reference: str, checkout: Path) -> None:
    """Scan an image of the Engine. Raises CommandError with what was found."""
    _run("image", reference, cwd=checkout)


def _run(*words: str, cwd: Path) -> None:
    say(f"trivy {' '.join(words)}")
    proc.run(["trivy", *words, "--config", "trivy.yaml", "--quiet"], cwd=cwd, timeout=900, fix=_FIX)
