"""`db.backup` on a lab that is up: what is in a backup, what makes none, what stays of many."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.core import proc
from lab.core.paths import Paths
from lab.core.state import SERVICES, LabState
from lab.stages.backup import ORDER, Backup
from lab.stages.backups import BUCKET, KEEP
from lab.tools import localstack
from tests.e2e.databases import backup, folder, known, listed, place, sql, well
from tests.e2e.host_lab import Lab, refused

ANY_STATE = LabState(runtime="host", lab_id="", services=dict.fromkeys(SERVICES, 1), localstack=1)
STEPS = [step.name for step in Backup.of(Paths(), ANY_STATE, ORDER).steps()]
FILES = {"orders.dump", "users.dump", "notifications.dump", "manifest.json", "SHA256SUMS"}


@contextmanager
def small_disk(where: Path, size: str) -> Iterator[None]:
    """Mount a disk of `size` at a folder; what the folder held is there again afterwards."""
    where.mkdir(parents=True, exist_ok=True)
    proc.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", where], timeout=10)
    try:
        yield
    finally:
        proc.run(["umount", where], timeout=10)


needs_mount = pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux", reason="only root can mount a small disk"
)


def test_a_backup_is_on_disk_and_in_s3_with_sums_that_hold(data_lab: Lab) -> None:
    place(data_lab)
    name, orders = backup(data_lab), len(known(data_lab))
    kept = folder(data_lab, name)
    assert {file.name for file in kept.iterdir()} == FILES
    assert {file.stat().st_mode & 0o077 for file in [kept, *kept.iterdir()]} == {0}, "others may read people's names"
    proc.run(["sha256sum", "--strict", "--check", "SHA256SUMS"], cwd=kept)
    one = listed(data_lab)[name]
    assert (one["on_disk"], one["in_s3"], one["problem"]) == (True, True, "")
    assert one["manifest"]["dumps"]["order"]["held"]["tables"]["orders"] == orders
    s3 = localstack.session().client("s3", endpoint_url=data_lab.up_state().aws)
    stored = s3.get_object(Bucket=BUCKET, Key=f"{data_lab.paths.lab_id}/{name}/orders.dump")
    assert stored["Body"].read() == (kept / "orders.dump").read_bytes()
    assert stored["ServerSideEncryption"] == "AES256"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


def test_one_service_alone(data_lab: Lab) -> None:
    place(data_lab)
    name = backup(data_lab, "user")
    assert {file.name for file in folder(data_lab, name).iterdir()} == {"users.dump", "manifest.json", "SHA256SUMS"}


def test_the_newest_are_kept_and_what_went_is_named(data_lab: Lab) -> None:
    first = folder(data_lab, backup(data_lab))
    old = [f"2020010{day}T000000Z" for day in range(1, KEEP + 1)]
    for name in old:
        shutil.copytree(first, folder(data_lab, name))
    shutil.copytree(first, folder(data_lab, "20200101T000000Z-safety"))
    said = data_lab.run("db.backup", "--plain").stderr
    left = listed(data_lab)
    assert len([name for name in left if not name.endswith("-safety")]) == KEEP
    assert "20200101T000000Z-safety" in left, "what restores replaced is counted apart"
    assert old[0] not in left
    assert f"removed: {', '.join(sorted(set(old) - left.keys(), reverse=True))}" in said
    s3 = localstack.session().client("s3", endpoint_url=data_lab.up_state().aws)
    prefix = f"{data_lab.paths.lab_id}/"
    stored = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    assert {found["Key"].split("/")[1] for found in stored} <= left.keys()


def test_a_backup_that_was_killed_is_none_or_whole(data_lab: Lab) -> None:
    for step in STEPS:
        data_lab.kill_at(step, "db.backup", "--plain")
        for name, kept in listed(data_lab).items():
            assert kept["problem"] == ""
            proc.run(["sha256sum", "--check", "SHA256SUMS"], cwd=folder(data_lab, name))
    name = backup(data_lab)
    assert listed(data_lab)[name]["in_s3"]


@needs_mount
def test_a_disk_without_room(data_lab: Lab) -> None:
    place(data_lab)
    with small_disk(data_lab.paths.data / "backups", "12k"):
        done = data_lab.run("db.backup", "--plain", check=False)
        assert (done.code, "Traceback" in done.stderr) == (1, False), done.stderr
        assert "No space left on device" in done.stderr
        assert "free some disk" in done.stderr
        assert [kept for kept in listed(data_lab).values() if kept["on_disk"]] == []
    well(data_lab)


def test_a_database_without_its_table_makes_no_backup(data_lab: Lab) -> None:
    place(data_lab)
    before = listed(data_lab)
    sql(data_lab, "users", "ALTER TABLE users RENAME TO hidden;")
    try:
        done = data_lab.run("db.backup", "--plain", check=False)
    finally:
        sql(data_lab, "users", "ALTER TABLE hidden RENAME TO users;")
    assert (done.code, "has no table users" in done.stderr) == (1, True)
    assert listed(data_lab).keys() == before.keys()


def test_without_s3_a_backup_is_on_disk_and_that_is_said(data_lab: Lab) -> None:
    place(data_lab)
    before = listed(data_lab)
    data_lab.supervisor().stop("localstack")
    try:
        done = data_lab.run("db.backup", "--plain", check=False)
        made = listed(data_lab).keys() - before.keys()
    finally:
        data_lab.supervisor().start("localstack")
    well(data_lab)
    assert (done.code, "S3" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    assert len(made) == 1
    data_lab.run("db.restore", made.pop(), "--confirm", "--plain")


def test_a_service_that_is_none(data_lab: Lab) -> None:
    assert "order, user, notification" in refused(data_lab.run("db.backup", "cart", check=False))
    assert "order, user" in refused(data_lab.run("db.restore", "latest", "--service", "cart", check=False))


def test_without_a_lab(idle_lab: Lab) -> None:
    assert "no lab is up" in refused(idle_lab.run("db.backup", check=False))
    assert "no lab is up" in refused(idle_lab.run("db.restore", "latest", check=False))
    assert "no backup is there" in idle_lab.run("db.list").stdout
