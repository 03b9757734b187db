"""What a restore put aside: accounted for, kept as a backup of its own, then removed."""

import json
from datetime import datetime
from functools import cached_property

from lab.checks.given_up import given_up, record
from lab.core.files import replace
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState
from lab.stages.backup import Backup
from lab.stages.backup_files import SAFETY
from lab.stages.databases import admin_of
from lab.stages.host_programs import DATABASES
from lab.stages.swap import BEFORE, drop_replaced, replaced
from lab.tools.postgres_admin import Admin

_ORDERS = "SELECT id, created_at AT TIME ZONE 'UTC' FROM orders"
_NOTIFIED = """
SELECT order_id, min(occurred_at) AT TIME ZONE 'UTC' FROM notifications WHERE event_type = 'order.created' GROUP BY 1
"""
# A database that a restore is needed for may lack its table.
_WHERE_THERE = """
SELECT to_regclass('public.{table}') IS NOT NULL AS there \\gset
\\if :there
{query};
\\endif
"""


class Replaced:
    """The former databases of a running lab.

    `gone` are orders that are known no more, by when they were accepted; `safety` names the backups that were made.
    """

    def __init__(self, paths: Paths, state: LabState) -> None:
        self._paths, self._state = paths, state
        self.gone: dict[str, datetime] = {}
        self.safety: list[str] = []

    @cached_property
    def _admin(self) -> Admin:
        return admin_of(self._paths, self._state)

    def settle(self) -> None:
        """Write down which orders are gone, keep the former databases as a backup, remove them; nothing where none is.

        Raises CheckError when there is no room for the backup: then they stay as they are.
        """
        services = replaced(self._admin)
        if not services:
            return
        if "order" in services:
            self.account()
        sources = {service: f"{DATABASES[service]}{BEFORE}" for service in services}
        backup = Backup(self._paths, self._state, sources, SAFETY)
        for do in (backup.begin, *backup.dumps().values(), backup.keep):
            do()
        self.safety.append(backup.name)
        drop_replaced(self._admin, services)
        say(f"what was replaced is kept as {backup.name}")

    def account(self) -> None:
        """Write down which orders were accepted, by the former database or by a notification, and are not there now."""
        there = self._admin.databases()

        def listed(names: tuple[str, ...], query: str) -> dict[str, datetime]:
            found: dict[str, datetime] = {}
            for name in there.intersection(names):
                found |= self._listed(name, query)
            return found

        earlier = given_up(self._paths)
        notified = listed(("notifications", f"notifications{BEFORE}"), _NOTIFIED)
        known = {order: at for order, at in notified.items() if order not in earlier}
        known |= listed((f"orders{BEFORE}",), _ORDERS)
        now = listed(("orders",), _ORDERS)
        gone = {order: at for order, at in known.items() if order not in now}
        replace(record(self._paths), json.dumps(sorted(earlier.union(gone))))
        self.gone |= gone

    def _listed(self, database: str, query: str) -> dict[str, datetime]:
        table = database.removesuffix(BEFORE)
        answer = self._admin.sql(database, _WHERE_THERE.format(table=table, query=query))
        rows = (line.split("|") for line in answer.splitlines())
        return {order: datetime.fromisoformat(f"{at}+00:00") for order, at in rows}
