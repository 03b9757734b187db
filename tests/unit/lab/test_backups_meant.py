"""Which backup is meant: of those that somebody asked for the newest that holds what is wanted, a drill's own apart."""

import re
from pathlib import Path

import pytest

from lab.core.errors import CheckError, UsageError
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.stages import backup
from lab.stages.backup import ORDER
from lab.stages.backup_files import DRILL, SAFETY
from lab.stages.backups import Backups, Kept
from lab.tools.postgres_admin import Admin, Told
from tests.unit.lab.test_backups import manifest


def kept(backups: Backups, name: str, *services: str) -> None:
    """Keep a backup of some services on disk."""
    whole = manifest()
    dumps = dict.fromkeys(services, whole.dumps["order"])
    made = whole.model_copy(update={"name": name, "dumps": dumps})
    folder = backups.folder(name)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(made.model_dump_json())


def test_latest_is_the_newest_that_was_asked_for_and_holds_what_is_wanted(tmp_path: Path) -> None:
    backups = Backups(Paths(tmp_path), None)
    with pytest.raises(UsageError, match="no backup is called 'latest'"):
        backups.named("latest", ORDER)
    kept(backups, "20260101T000000Z", *ORDER)
    kept(backups, "20260102T000000Z", *ORDER)
    kept(backups, "20260103T000000Z", "order")
    kept(backups, f"20260104T000000Z{SAFETY}", *ORDER)
    kept(backups, f"20260105T000000Z{DRILL}", "order")
    (backups.root / "part").mkdir()
    assert backups.named("latest", ORDER) == "20260102T000000Z"
    assert backups.named("latest", ("order",)) == "20260103T000000Z"
    assert backups.named(f"20260105T000000Z{DRILL}", ("order",)) == f"20260105T000000Z{DRILL}"
    with pytest.raises(UsageError, match="no backup is called 'part'"):
        backups.named("part", ORDER)


def test_where_none_holds_what_is_wanted_that_is_said(tmp_path: Path) -> None:
    backups = Backups(Paths(tmp_path), None)
    kept(backups, "20260103T000000Z", "order")
    with pytest.raises(UsageError, match="no backup holds user, order") as caught:
        backups.named("latest", ("user", "order"))
    assert caught.value.why == "there are: 20260103T000000Z"
    assert caught.value.fix


def test_a_damaged_one_is_not_passed_over(tmp_path: Path) -> None:
    backups = Backups(Paths(tmp_path), None)
    kept(backups, "20260101T000000Z", *ORDER)
    backups.folder("20260102T000000Z").mkdir()
    assert backups.named("latest", ORDER) == "20260102T000000Z"


def test_one_that_only_s3_has_is_brought_to_see_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("20260102T000000Z", "20260101T000000Z")
    held = dict(zip(names, (("order",), ORDER), strict=True))
    backups = Backups(Paths(tmp_path), None)
    monkeypatch.setattr(backups, "kept", lambda: [Kept(name=name, on_disk=False, in_s3=True) for name in names])
    dump = manifest().dumps["order"]
    found = {name: manifest().model_copy(update={"dumps": dict.fromkeys(held[name], dump)}) for name in names}
    monkeypatch.setattr(backups, "check", found.__getitem__)
    assert backups.named("latest", ORDER) == "20260101T000000Z"


def test_a_drill_goes_back_to_the_newest_its_own_among_them(tmp_path: Path) -> None:
    backups = Backups(Paths(tmp_path), None)
    kept(backups, f"20260102T000000Z{DRILL}", "order")
    assert backups.newest(("order",), ("", DRILL)) == f"20260102T000000Z{DRILL}"
    kept(backups, "20260103T000000Z", *ORDER)
    assert backups.newest(("order",), ("", DRILL)) == "20260103T000000Z"


def test_a_drills_own_is_named_so_and_of_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backups, "kept", lambda _: [])
    monkeypatch.setattr(Admin, "read", lambda *_: None)
    monkeypatch.setattr(backup, "admin_of", lambda *_: Admin())
    held = manifest().dumps["order"].held

    def dump(_: Admin, __: str, file: Path) -> Told:
        file.touch()
        return held

    monkeypatch.setattr(Admin, "dump", dump)
    paths = Paths(tmp_path)
    state = LabState(runtime="host", lab_id=paths.lab_id, services={}, localstack=0)
    made = backup.Backup.of(paths, state, ("order",), DRILL)
    for do in (made.begin, *made.dumps().values(), made.keep):
        do()
    assert re.fullmatch(rf"\d{{8}}T\d{{6}}Z{DRILL}", made.name)
    assert made.made.dumps.keys() == {"order"}
    held.tables.clear()
    with pytest.raises(CheckError, match="has no table orders"):
        made.keep()
