"""Backup and restore on a cluster: by the pod's own programs, after a rotation, with every pod serving again."""

import pytest

from tests.cluster.conftest import figure
from tests.e2e.databases import backup, known, listed, place, restore, sql
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]


def test_a_lost_table_is_restored_for_pods_of_either_user(lab: Lab) -> None:
    lab.run("secrets.rotate", "order", "--plain", timeout=300)
    before = set(place(lab, 3))
    name = backup(lab)
    gone = place(lab, 2)
    sql(lab, "orders", "DROP TABLE orders CASCADE;")
    done = restore(lab, name)
    assert before <= known(lab)
    assert (done["gone"], done["ledger"]["lost"]) == (gone, [])
    assert listed(lab)[name]["in_s3"], "the bucket is Terraform's"
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public';"
    assert sql(lab, "orders", owners).split() == ["orders"]
    place(lab)
    figure("a restore's RTO, s", done["rto_seconds"])
    lab.run("lab.verify", "--plain", timeout=120)
