"""The drill `restore`, on a real PostgreSQL: what it sees, what it brings back, and when it must leave all as it is."""

import pytest

from lab.checks import ledger
from lab.core.errors import CheckError
from lab.drills.field import Field
from lab.drills.restore import Restore
from tests.e2e.databases import databases, known, listed, place, sql, well
from tests.e2e.host_lab import Lab

pytestmark = pytest.mark.timeout(300)


def drill(lab: Lab) -> Restore:
    """Return the drill as another process makes it: nothing is prepared. It asks no Prometheus, which is not there."""
    return Restore(Field(lab.paths, lab.up_state().model_copy(update={"prometheus": 1})))


def seen(made: Restore) -> list[str]:
    """Return what effect and signs tell."""
    return [words for look in (made.effect, *(sign.look for sign in made.signs())) if (words := look())]


def test_a_dropped_table_is_seen_and_another_process_brings_every_order_back(data_lab: Lab) -> None:
    orders = set(place(data_lab, 3))
    assert seen(drill(data_lab)) == [], "nothing is broken yet"
    drill(data_lab).fault()
    assert seen(drill(data_lab)) == ["the database of orders has no table orders", "GET /orders: 500"]
    drill(data_lab).rollback()
    assert seen(drill(data_lab)) == []
    assert orders <= known(data_lab)
    assert ledger.look(data_lab.up_state(), orders).ok
    assert databases(data_lab) == {"orders", "users", "notifications"}


def test_on_a_lab_that_is_well_a_rollback_restores_nothing(data_lab: Lab) -> None:
    drill(data_lab).fault()
    drill(data_lab).rollback()
    after, backups = set(place(data_lab, 1)), listed(data_lab).keys()
    drill(data_lab).rollback()
    assert after <= known(data_lab), "the backup does not have it"
    assert listed(data_lab).keys() == backups


def test_orders_that_came_after_the_backup_fail_the_way_back(data_lab: Lab) -> None:
    drill(data_lab).fault()
    drill(data_lab).rollback()
    place(data_lab, 1)
    sql(data_lab, "orders", "DROP TABLE orders CASCADE;")
    with pytest.raises(CheckError, match="not every order came back"):
        drill(data_lab).rollback()
    well(data_lab)
