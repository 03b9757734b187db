"""./inv in the shells of other projects: with their settings of uv and of the locale."""

import shutil
import sys
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.paths import CHECKOUT

_UV = """#!/bin/sh
[ "$1" = --version ] && { echo "uv 99.0.0"; exit; }
[ "$1" = sync ] || exit 64
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
ln -s "$PYTHON" "$UV_PROJECT_ENVIRONMENT/bin/python"
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without .venv, whose tasks tell how they read and write; uv makes an empty environment."""
    folder, programs = tmp_path / "a checkout", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    for name in ("inv", "uv.lock", "pyproject.toml"):
        shutil.copy2(CHECKOUT / name, folder / name)
    (folder / "tasks.py").write_text(
        "import locale\nprint('✓', locale.getpreferredencoding(), open(__file__).encoding)\n"
    )
    (programs / "uv").write_text(_UV)
    (programs / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("PYTHON", sys.executable)
    return folder


def test_the_environment_of_another_project_is_not_touched(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(tmp_path / "theirs"))
    proc.run(["./inv"], cwd=checkout)
    assert not (tmp_path / "theirs").exists()
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_words_and_files_are_utf_8_in_every_locale(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONUTF8", "PYTHONCOERCECLOCALE"):  # else Python takes the one locale that is everywhere for UTF-8
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(checkout / ".venv"))
    assert proc.run(["./inv"], cwd=checkout).stdout.lower().split() == ["✓", "utf-8", "utf-8"]
