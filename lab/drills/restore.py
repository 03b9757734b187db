"""A table is dropped, as by a migration that was meant for another database. No replica helps: it obeys. A backup does.

The backup is made right before, and nobody orders in between: what must survive is every order there is. What a restore
costs of orders that came later (RPO) is told by `db.restore` itself. It is of a kind of its own, that takes no place
among those that somebody asked for.
"""

from collections.abc import Sequence

from lab.core.errors import CheckError
from lab.drills.base import Drill, Load, Page, Sign
from lab.stages import backup, restore
from lab.stages.backup_files import DRILL
from lab.stages.backups import Backups
from lab.stages.databases import admin_of
from lab.stages.replaced import Replaced

_HELD = ("order",)
_DROP = "DROP TABLE orders CASCADE;"
_THERE = "SELECT to_regclass('public.orders') IS NOT NULL;"


class Restore(Drill):
    """order-service's table of orders; its database is restored as `db.restore NAME --service order` does."""

    name = "restore"
    title = "The table of orders is dropped"
    pages = (Page("HighErrorRate", {"service": "order"}, within=240),)
    load = Load("browse")
    takes = 90  # the backup is a part of it
    may_fail = 0.95  # users are still there
    recovers = 240
    hints = (
        "One service fails all that it is asked, and says that it is ready.",
        "What does order-service log when it fails?",
        "Which tables does the database of orders have?",
    )

    def fault(self) -> None:
        """Back up the database of orders, then drop their table."""
        backup.take(self.field.paths, self.field.state, _HELD, DRILL)
        self._sql(_DROP)

    def effect(self) -> str:
        """Tell that the table is not there."""
        return "" if self._there() else "the database of orders has no table orders"

    def signs(self) -> Sequence[Sign]:
        """Who asks for orders is told that it is the shop's fault."""
        return [Sign("GET /orders fails", self._failed, within=90)]

    def rollback(self) -> None:
        """Restore the newest backup where the table is gone, be it asked for or a drill's; else keep and remove what an
        earlier restore put aside.
        """
        paths, state = self.field.paths, self.field.state
        if self._there():
            Replaced(paths, state).settle()
            return
        name = Backups(paths, state).newest(_HELD, ("", DRILL))
        done = restore.restore(paths, state, name, _HELD)
        if done.gone:
            why = f"{len(done.gone)} orders came after backup {done.name}: {', '.join(done.gone[:5])}"
            raise CheckError("not every order came back", why=why, fix="./inv db.list")

    def _failed(self) -> str:
        answer = self.field.order_service("GET", "/orders?limit=1")
        return f"GET /orders: {answer.status_code}" if answer is not None and answer.is_server_error else ""

    def _there(self) -> bool:
        return self._sql(_THERE).strip() == "t"

    def _sql(self, text: str) -> str:
        return admin_of(self.field.paths, self.field.state).sql("orders", text)
