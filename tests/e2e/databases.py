"""A lab's databases, as its user, its services and its administrator see them."""

import json
from pathlib import Path
from typing import Any

from lab.checks import ledger
from lab.core.errors import AnswerError
from lab.core.state import SERVICES
from lab.core.wait import wait
from lab.stages.databases import admin_of
from lab.tools.api import Api
from lab.tools.postgres_admin import ADMIN
from tests.e2e.host_lab import Lab


def sql(lab: Lab, database: str, text: str) -> str:
    """Run SQL as the administrator."""
    return admin_of(lab.paths, lab.up_state()).sql(database, text)


def databases(lab: Lab) -> set[str]:
    """Return the databases that are not PostgreSQL's own."""
    return admin_of(lab.paths, lab.up_state()).databases() - {ADMIN, "template0", "template1"}


def backup(lab: Lab, *words: str) -> str:
    """Make a backup; return its name."""
    return lab.run("db.backup", *words, "--plain").stdout.partition(":")[0]


def restore(lab: Lab, name: str, *words: str) -> dict[str, Any]:
    """Restore a backup; return what it tells."""
    done = lab.run("db.restore", name, "--confirm", "--plain", "--json", *words, timeout=300)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def folder(lab: Lab, name: str) -> Path:
    """Return where a backup is on disk."""
    return lab.paths.data / "backups" / name


def listed(lab: Lab) -> dict[str, dict[str, Any]]:
    """Return every backup by its name, the newest first."""
    return {one["name"]: one for one in json.loads(lab.run("db.list", "--json").stdout)}


def place(lab: Lab, count: int = 1) -> list[str]:
    """Place orders of a new user and wait until all are notified of; return their ids."""
    state = lab.up_state()
    user = Api.of(state, "user").create_user()
    orders = [Api.of(state, "order").create_order(user) for _ in range(count)]
    notified(lab, orders)
    return orders


def notified(lab: Lab, orders: list[str]) -> None:
    """Wait until all orders are notified of."""
    api = Api.of(lab.up_state(), "notification")
    wait("notifications", lambda: [o for o in orders if not api.notifications_of(o)], lambda left: not left, timeout=60)


def known(lab: Lab) -> set[str]:
    """Return the ids of all orders that order-service has."""
    return {order["order_id"] for order in Api.of(lab.up_state(), "order").ledger("/orders/ledger")}


def well(lab: Lab) -> ledger.Ledger:
    """Wait until every service is ready and no order is lost; return the ledger."""

    def look() -> ledger.Ledger | str:
        if reasons := [why for s in SERVICES for ok, why in [Api(lab.up_state().url(s)).ready()] if not ok]:
            return "; ".join(reasons)
        try:
            return ledger.look(lab.up_state())
        except AnswerError as error:
            return error.what

    seen = wait("lab", look, lambda seen: isinstance(seen, ledger.Ledger) and seen.ok, delay=0.5, timeout=60)
    assert isinstance(seen, ledger.Ledger)
    return seen
