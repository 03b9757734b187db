"""The embedded PostgreSQL is asked as the lab says, whatever the shell says to libpq."""

from pathlib import Path

import pytest

from lab.core.paths import Paths
from lab.tools import postgres
from lab.tools.embedded import Embedded
from lab.tools.postgres_admin import Admin

_THEIRS = {
    "PGHOST": "db.example.org",
    "PGHOSTADDR": "192.0.2.1",
    "PGSSLMODE": "require",
    "PGGSSENCMODE": "require",
    "PGCHANNELBINDING": "require",
    "PGOPTIONS": "-c default_transaction_read_only=on",
}


class _Programs(Embedded):
    """PostgreSQL's programs: each writes down its environment."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Paths(folder))
        self._folder = folder
        for name in ("psql", "pg_isready"):
            (folder / name).write_text(f"#!/bin/sh\nexec env > {folder}/seen\n")
            (folder / name).chmod(0o755)

    def postgres(self, program: str) -> Path:
        return self._folder / program

    def seen(self) -> dict[str, str]:
        lines = (self._folder / "seen").read_text().splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines) if name in _THEIRS}


def test_the_users_settings_of_libpq_reach_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _THEIRS.items():
        monkeypatch.setenv(name, value)
    programs = _Programs(tmp_path)
    found = []
    for ask in (
        lambda: postgres.look(programs, 5432),
        lambda: postgres.drop_database(programs, 5432, "x", "orders"),
        lambda: Admin.embedded(programs, 5432, "x").sql("orders", "SELECT 1;"),
    ):
        ask()
        found.append(programs.seen())
    ours = {"PGHOST": "127.0.0.1", "PGHOSTADDR": "127.0.0.1", "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"}
    assert found == [{**ours, "PGCHANNELBINDING": "prefer", "PGOPTIONS": ""}] * 3
