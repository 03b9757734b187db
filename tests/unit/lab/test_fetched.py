"""What was fetched is remembered, whoever writes at the same time; a substitute counts only where it is asked for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.stages.fetched import Fetched, Notes


def test_steps_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "cache" / "notes.json", substitutes=False)
    names = [f"image {n}" for n in range(50)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: notes.remember(name, Fetched(locked="sha256:1")), names))
    assert set(notes.known()) == set(names)


def test_a_substitute_counts_only_where_it_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    Notes(file, substitutes=True).remember("x", Fetched(locked="sha256:1", substitute="x:2"))
    assert Notes(file, substitutes=True).usable("x", "sha256:1") is not None
    assert Notes(file, substitutes=False).usable("x", "sha256:1") is None


def test_what_lab_lock_no_longer_pins_does_not_count(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.json", substitutes=False)
    notes.remember("x", Fetched(locked="sha256:1"))
    assert notes.usable("x", "sha256:2") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}', '{"x": {"locked": 1}}'])
def test_notes_that_are_broken_are_no_notes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.json"
    file.write_text(text)
    assert Notes(file, substitutes=True).known() == {}
