"""What Secrets Manager was told after Terraform's first values, kept while the lab is up: LocalStack keeps nothing."""

import json
from collections.abc import Mapping

from lab.core.files import replace
from lab.core.paths import Paths


def keep(paths: Paths, secret: str, value: Mapping[str, str]) -> None:
    """Keep the value of a secret, whole or not at all, for its owner's eyes alone."""
    replace(paths.run / "rotated.json", json.dumps({**kept(paths), secret: dict(value)}), 0o600)


def kept(paths: Paths) -> dict[str, dict[str, str]]:
    """Return every value that was kept, by its secret's name."""
    file = paths.run / "rotated.json"
    found: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.is_file() else {}
    return found
