"""Backups without a lab: what their sums catch, which go when there are many, which fit."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.checks.given_up import given_up, record
from lab.core.errors import CheckError, UsageError
from lab.core.files import replace
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.stages import replaced
from lab.stages.backup_files import DRILL, SAFETY, SUMS, Dump, Manifest, refusal, surplus, unlike_sums, write_sums
from lab.stages.backups import Backups
from lab.stages.databases import migration
from lab.stages.swap import BEFORE
from lab.tools.postgres_admin import Admin, Told

NAME = "20260102T030405Z"


def manifest(server: int = 17, migrated: int = 1) -> Manifest:
    held = Told(taken_at=datetime(2026, 1, 2, tzinfo=UTC), server=server, migration=migrated, tables={"orders": 1})
    dump = Dump(file="orders.dump", size=1, held=held)
    return Manifest(name=NAME, lab_id="mine", runtime="host", commit="abc", dumps={"order": dump})


def made(folder: Path) -> Path:
    (folder / "orders.dump").write_bytes(b"dumped")
    (folder / "manifest.json").write_text(manifest().model_dump_json())
    write_sums(folder)
    return folder


def test_sums_of_what_was_written_hold(tmp_path: Path) -> None:
    assert unlike_sums(made(tmp_path)) == ""


def test_what_was_changed_lost_or_added_is_named(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "orders.dump").write_bytes(b"dumpeD")
    (folder / "manifest.json").unlink()
    (folder / "more").touch()
    assert unlike_sums(folder) == (
        "manifest.json is not there; more is not in SHA256SUMS; orders.dump is not what was written"
    )


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"no sums at all\n"])
def test_sums_that_are_broken_hold_nothing(tmp_path: Path, content: bytes | None) -> None:
    folder = made(tmp_path)
    (folder / SUMS).unlink()
    if content is not None:
        (folder / SUMS).write_bytes(content)
    assert unlike_sums(folder)


def test_a_manifest_that_says_something_else_is_damage(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    folder = paths.data / "backups" / NAME
    folder.mkdir(parents=True)
    made(folder)
    (folder / "manifest.json").write_text("{}")
    (folder / SUMS).unlink()
    write_sums(folder)
    with pytest.raises(CheckError, match="is damaged"):
        Backups(paths, None).check(NAME)
    assert "manifest.json" in Backups(paths, None).kept()[0].problem


def test_of_many_the_newest_of_each_kind_stay() -> None:
    kinds = ("", SAFETY, DRILL)
    names = [f"2026010{day}T000000Z{kind}" for day in range(1, 5) for kind in kinds]
    assert set(surplus(names, keep=2)) == {f"2026010{day}T000000Z{kind}" for day in (1, 2) for kind in kinds}
    assert surplus(names, keep=4) == []


def test_one_that_fits() -> None:
    assert refusal(manifest(), "mine", 18, {"order": 1}) is None


@pytest.mark.parametrize(
    ("given", "lab", "server", "wanted", "words"),
    [
        (manifest(), "other", 17, {"order": 1}, "another lab's"),
        (manifest(), "mine", 17, {"order": 1, "user": 1}, "nothing of user"),
        (manifest(server=18), "mine", 17, {"order": 1}, "newer server"),
        (manifest(migrated=1), "mine", 17, {"order": 2}, "does not fit the code"),
        (manifest(migrated=2), "mine", 17, {"order": 1}, "does not fit the code"),
    ],
)
def test_one_that_does_not_fit_says_why_and_what_to_do(
    given: Manifest, lab: str, server: int, wanted: dict[str, int], words: str
) -> None:
    why = refusal(given, lab, server, wanted)
    assert isinstance(why, UsageError)
    assert words in why.what
    assert why.why
    assert why.fix


def test_the_code_has_a_migration_of_each_service() -> None:
    assert {migration(Paths(), service) >= 1 for service in ("order", "user", "notification")} == {True}


def test_orders_that_restores_took_back_are_written_down_beside_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {f"orders{BEFORE}": "b|2026-01-02 03:04:05\nc|2026-01-02 03:04:06", "orders": "c|2026-01-02 03:04:06"}
    monkeypatch.setattr(Admin, "databases", lambda _: set(answers))
    monkeypatch.setattr(Admin, "sql", lambda _, database, __: answers[database])
    monkeypatch.setattr(replaced, "admin_of", lambda *_: Admin())
    paths = Paths(tmp_path)
    state = LabState(runtime="host", lab_id=paths.lab_id, services={}, localstack=0)
    replace(record(paths), '["a"]')
    made = replaced.Replaced(paths, state)
    made.account()
    assert list(made.gone) == ["b"]
    assert given_up(paths) == {"a", "b"}
