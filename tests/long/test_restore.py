"""`db.restore` on a lab that is up: what comes back, what is gone and said to be, what an interruption costs."""

import json
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from lab.core import proc
from lab.core.errors import CommandError
from lab.core.paths import Paths
from lab.core.secrets import Secrets
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.stages.backup_files import write_sums
from lab.stages.restore import Restore
from lab.tools.api import Api
from lab.tools.embedded import Embedded
from tests.e2e.databases import backup, databases, folder, known, listed, notified, place, restore, sql, well
from tests.e2e.host_lab import Lab, refused
from tests.e2e.shop import Shop
from tests.long.test_backup import needs_mount, small_disk

pytestmark = pytest.mark.timeout(300)
ANY_STATE = LabState(runtime="host", lab_id="", services=dict.fromkeys(SERVICES, 1), localstack=1)
STEPS = [step.name for step in Restore(Paths(), ANY_STATE, "").steps()]
OWN = {"orders", "users", "notifications"}


def verify(lab: Lab) -> list[str]:
    """Return the problems that lab.verify names."""
    problems: list[str] = json.loads(lab.run("lab.verify", "--json", "--plain", check=False).stdout)["problems"]
    return problems


def accepted_at(lab: Lab, order: str) -> datetime:
    answer = httpx.get(f"{lab.up_state().url('order')}/orders/{order}", trust_env=False, timeout=10)
    return datetime.fromisoformat(answer.raise_for_status().json()["created_at"])


@pytest.mark.parametrize("loss", ["DROP TABLE orders CASCADE;", "TRUNCATE orders, outbox, idempotency_keys;", ""])
def test_a_lost_table_or_database_is_restored_and_what_is_gone_is_named(data_lab: Lab, loss: str) -> None:
    before = set(place(data_lab, 3))
    name = backup(data_lab)
    after = place(data_lab, 2)
    newest = accepted_at(data_lab, after[-1])
    if loss:
        sql(data_lab, "orders", loss)
    else:
        sql(data_lab, "postgres", "DROP DATABASE orders WITH (FORCE);")
    done = restore(data_lab, name)
    assert before <= known(data_lab)
    assert done["gone"] == after
    taken = datetime.fromisoformat(done["taken_at"])
    assert done["rpo_seconds"] == pytest.approx((newest - taken).total_seconds(), abs=0.02)
    assert done["rto_seconds"] > 0
    assert done["ledger"]["lost"] == []
    assert databases(data_lab) == OWN
    assert verify(data_lab) == []


def test_of_orders_alone_notifications_tell_what_is_gone_and_the_ledger_says_so(data_lab: Lab) -> None:
    name = backup(data_lab, "order")
    after = place(data_lab, 2)
    sql(data_lab, "orders", f"DELETE FROM orders WHERE id::text = ANY('{{{','.join(after)}}}');")  # noqa: S608 - our ids
    said = "\n".join(verify(data_lab))
    assert all(order in said for order in after), "rows that are gone without a restore are a problem"
    done = restore(data_lab, name, "--service", "order")
    assert set(after) <= set(done["gone"])
    assert done["unknown"] == len(done["gone"]) == 3, "the order that lab.verify placed is gone too"
    assert set(after) <= set(done["ledger"]["unknown"])
    assert verify(data_lab) == [], "what a restore gave up is known"


def test_what_was_replaced_is_a_backup_too(data_lab: Lab) -> None:
    name = backup(data_lab)
    after = place(data_lab, 2)
    safety = restore(data_lab, name)["safety"]
    assert known(data_lab).isdisjoint(after)
    restore(data_lab, safety[0])
    assert set(after) <= known(data_lab)
    assert verify(data_lab) == []


def test_events_on_their_way_when_the_backup_was_made_are_notified_of_after_a_restore(data_lab: Lab) -> None:
    data_lab.supervisor().stop("notification")
    try:
        state = data_lab.up_state()
        user = Api.of(state, "user").create_user()
        orders = [Api.of(state, "order").create_order(user) for _ in range(3)]
        waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL;"
        wait("relay", lambda: sql(data_lab, "orders", waiting).strip(), lambda left: left == "0", timeout=30)
        name = backup(data_lab)
    finally:
        data_lab.supervisor().start("notification")
    well(data_lab)
    notified(data_lab, orders)
    done = restore(data_lab, name)
    assert done["ledger"]["lost"] == []
    notified(data_lab, orders)


def test_under_load_every_accepted_order_is_there_or_said_to_be_gone(data_lab: Lab) -> None:
    with Shop(data_lab) as shop:
        name = backup(data_lab)
        shop.sells(30)
        done = restore(data_lab, name)
        shop.sells(30)
    well(data_lab)
    placed, gone = known(data_lab), set(done["gone"])
    assert gone
    assert placed.isdisjoint(gone)
    assert set(shop.accepted) <= placed | gone
    assert len(gone - set(shop.accepted)) <= shop.unanswered + shop.refused


@pytest.mark.timeout(600)
def test_killed_at_every_step_in_turn_nothing_is_lost_and_the_next_goes_through(data_lab: Lab) -> None:
    name = backup(data_lab)
    there, after = known(data_lab), place(data_lab, 2)
    for step in STEPS:
        data_lab.kill_at(step, "db.restore", name, "--confirm", "--plain")
        well(data_lab)
        assert known(data_lab) in (there, there | set(after)), "it is the one or the other, never a part"
    restore(data_lab, name)
    assert known(data_lab) == there
    assert databases(data_lab) == OWN
    assert verify(data_lab) == []
    safeties = [one for one in listed(data_lab) if one.endswith("-safety")]
    held = [listed(data_lab)[one]["manifest"]["dumps"]["order"]["held"]["tables"]["orders"] for one in safeties]
    assert len(there) + 2 in held, "what the first swap replaced was kept"


def test_a_second_user_of_a_rotation_owns_what_the_first_did(data_lab: Lab) -> None:
    password = "second-of-two"
    sql(data_lab, "orders", "CREATE ROLE orders_2 LOGIN IN ROLE orders; ALTER ROLE orders_2 SET role = orders;")
    sql(data_lab, "orders", f"ALTER ROLE orders_2 PASSWORD '{password}';")
    try:
        place(data_lab)
        restore(data_lab, backup(data_lab))
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public';"
        assert sql(data_lab, "orders", owners).split() == ["orders"]
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'made'"
        script = f"CREATE TABLE made (n int); {owner}; DROP TABLE made;"
        assert as_user(data_lab, "orders_2", password, "orders", script) == "orders"
        users = Secrets(data_lab.paths).get("user", "database_password")
        with pytest.raises(CommandError) as refusal:
            as_user(data_lab, "users", users, "orders", "SELECT 1;")
        assert "permission denied for database" in refusal.value.detail
    finally:
        sql(data_lab, "orders", "DROP ROLE orders_2;")


def as_user(lab: Lab, user: str, password: str, database: str, script: str) -> str:
    port = str(lab.up_state().postgres)
    words = ["-h", "127.0.0.1", "-p", port, "-U", user, "-d", database, "-qtAX", "-c", script]
    program = Embedded(lab.paths).postgres("psql")
    return proc.run([program, *words], env={"PGPASSWORD": password}, timeout=20).stdout.strip()


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_damaged_backup_is_refused_and_the_copy_in_s3_is_taken_instead(data_lab: Lab) -> None:
    place(data_lab)
    name, there = backup(data_lab), known(data_lab)
    flip(folder(data_lab, name) / "orders.dump")
    done = data_lab.run("db.restore", name, "--confirm", "--plain", check=False)
    assert (done.code, "Traceback" in done.stderr) == (1, False)
    assert f"backup {name} is damaged" in done.stderr
    assert "orders.dump is not what was written" in done.stderr
    assert known(data_lab) == there
    proc.run(["rm", "-r", folder(data_lab, name)])
    assert listed(data_lab)[name]["on_disk"] is False
    assert "from S3" in data_lab.run("db.restore", name, "--confirm", "--plain").stderr
    assert known(data_lab) == there


@pytest.mark.parametrize("file", ["users.dump", "manifest.json", "SHA256SUMS"])
def test_a_backup_that_lacks_a_file_is_refused(data_lab: Lab, file: str) -> None:
    name = backup(data_lab)
    (folder(data_lab, name) / file).unlink()
    done = data_lab.run("db.restore", name, "--confirm", "--plain", check=False)
    assert (done.code, file in done.stderr, "next: rm -r" in done.stderr) == (1, True, True)
    proc.run(["rm", "-r", folder(data_lab, name)])


def test_another_labs_backup_is_refused(data_lab: Lab) -> None:
    name = backup(data_lab)
    manifest = folder(data_lab, name) / "manifest.json"
    manifest.write_text(manifest.read_text().replace(data_lab.paths.lab_id, "0badcafe"))
    (folder(data_lab, name) / "SHA256SUMS").unlink()
    write_sums(folder(data_lab, name))
    said = refused(data_lab.run("db.restore", name, "--confirm", "--plain", check=False))
    assert f"backup {name} is another lab's" in said
    assert "0badcafe" in said
    proc.run(["rm", "-r", folder(data_lab, name)])


def test_a_name_that_is_none(data_lab: Lab) -> None:
    name = backup(data_lab)
    for word in ("yesterday", "../../secrets", "20000101T000000Z"):
        assert name in refused(data_lab.run("db.restore", word, "--confirm", "--plain", check=False))


def test_its_name_is_to_be_typed(data_lab: Lab) -> None:
    place(data_lab)
    name = backup(data_lab)
    assert "nobody can be asked" in refused(data_lab.run("db.restore", name, "--plain", check=False))
    said = {}
    for typed in ("yes", name):
        words = ["script", "--quiet", "--return", "--command", "./inv db.restore latest --plain", "/dev/null"]
        done = proc.run(words, cwd=data_lab.checkout, stdin=f"{typed}\n", check=False, timeout=60)
        said[typed] = (done.code, done.stdout)
    assert said["yes"][0] == 2
    assert "nothing was changed" in said["yes"][1]
    assert said[name][0] == 0, said[name][1]
    assert f"restored from {name}" in said[name][1]


@needs_mount
def test_without_room_for_what_was_replaced_it_stays_until_there_is(data_lab: Lab) -> None:
    place(data_lab)
    name, kept = backup(data_lab), data_lab.paths.data / "kept"
    folder(data_lab, name).rename(kept)
    with small_disk(folder(data_lab, ""), f"{sum(file.stat().st_size for file in kept.iterdir()) // 1024 + 30}k"):
        proc.run(["cp", "-r", kept, folder(data_lab, name)])
        done = data_lab.run("db.restore", name, "--confirm", "--plain", check=False)
        assert (done.code, "Traceback" in done.stderr, "free some disk" in done.stderr) == (1, False, True), done.stderr
        well(data_lab)
        assert "orders_before" in databases(data_lab)
    kept.rename(folder(data_lab, name))
    assert len(restore(data_lab, name)["safety"]) == 2
    assert databases(data_lab) == OWN
