"""How Trivy is asked for a tree and an image, and what it finds."""

from pathlib import Path

import pytest

from lab.core.errors import CommandError
from lab.tools import trivy

_TRIVY = """#!/bin/sh
test -f trivy.yaml || exit 66
echo "$*" >> "$LOG"
case "$1 $3 $4 $5" in
  "fs --config trivy.yaml --quiet") exit 0 ;;
  "image --config trivy.yaml --quiet") echo "CVE-2026-0001"; exit 1 ;;
  *) exit 64 ;;
esac
"""


def test_trivy_is_asked_by_the_file_that_ci_has_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trivy").write_text(_TRIVY)
    (tmp_path / "trivy").chmod(0o755)
    (tmp_path / "trivy.yaml").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    assert trivy.there()
    trivy.tree(tmp_path)
    with pytest.raises(CommandError) as caught:
        trivy.image("kubeflow-ops/order-service:local", tmp_path)
    assert "CVE-2026-0001" in caught.value.detail
    assert [line.split()[1] for line in (tmp_path / "log").read_text().splitlines()] == [
        ".",
        "kubeflow-ops/order-service:local",
    ]
