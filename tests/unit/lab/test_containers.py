"""A container whose port somebody holds: removed again, and the way out is one that a lab which is up may take."""

from pathlib import Path

import pytest

from lab.core.errors import UsageError
from lab.tools import containers
from lab.tools.containers import Spec

_HELD = """#!/bin/sh
echo "$1" >> {asked}
case "$1" in
  container) echo "Error: No such container" >&2; exit 1 ;;
  run) echo "Bind for 127.0.0.1:5001 failed: port is already allocated" >&2; exit 125 ;;
esac
"""


def test_the_next_to_type_is_not_refused_by_a_lab_that_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, asked = tmp_path / "docker", tmp_path / "asked"
    file.write_text(_HELD.format(asked=asked))
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(UsageError) as caught:
        containers.ensure(Spec("registry", "registry:3", "lab", publish={5001: 5000}), "x")
    assert caught.value.what == "registry: a port is held"
    assert caught.value.fix == "./inv lab.down, end who holds it, then ./inv lab.up"
    assert asked.read_text().split() == ["container", "run", "rm"]
