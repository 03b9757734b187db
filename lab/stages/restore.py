"""One restore: a backup loaded beside the databases in use, put in their place at once, and what that cost."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property

from pydantic import BaseModel

from lab.checks import ledger
from lab.checks.ledger import Ledger
from lab.core.errors import CheckError, CommandError
from lab.core.graph import Step, in_turn
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import SERVICES, LabState
from lab.core.wait import wait
from lab.stages.backup import ORDER
from lab.stages.backup_files import Manifest, refusal
from lab.stages.backups import Backups
from lab.stages.databases import admin_of, migration
from lab.stages.host_programs import DATABASES
from lab.stages.replaced import Replaced
from lab.stages.swap import make, republish, swap
from lab.tools.api import Api
from lab.tools.postgres_admin import ADMIN, Admin


class Restored(BaseModel):
    """What a restore did.

    rto_seconds   from its start to services that are ready, with the ledger counted
    rpo_seconds   from the backup's snapshot to the newest order that is gone; 0 when none is
    gone          ids of orders that were accepted and are known no more
    unknown       how many of them notification-service knows of all the same
    safety        names of the backups of what was replaced, by this run and by one that was interrupted
    """

    name: str
    taken_at: datetime
    rows: dict[str, dict[str, int]]
    rto_seconds: float
    rpo_seconds: float
    gone: list[str]
    unknown: int
    safety: list[str]
    ledger: Ledger


class Restore:
    """The restore of some services' databases from the backup `name`, in steps; may be begun anew after any of them."""

    def __init__(self, paths: Paths, state: LabState, name: str, services: Sequence[str] = ORDER) -> None:
        self._paths, self._state, self._name, self._services = paths, state, name, services
        self._backups, self._replaced = Backups(paths, state), Replaced(paths, state)
        self._began, self._seconds = time.monotonic(), 0.0
        self._manifest: Manifest | None = None
        self._ledger: Ledger | None = None

    @cached_property
    def _admin(self) -> Admin:
        return admin_of(self._paths, self._state)

    def steps(self) -> list[Step]:
        """Return what does it. Until `swap` the services go on with what they have."""
        loads: dict[str, Callable[[], None]] = {f"load {s}": lambda s=s: self._load(s) for s in self._services}  # type: ignore[misc] # a default binds each
        return in_turn(
            (
                ("sums", self._check),
                ("earlier restore", self._replaced.settle),  # one that was interrupted
                *loads.items(),
                ("swap", self._swap),
                ("services", self._serve),
                ("ledger", self._count),
                ("former databases", self._finish),
            )
        )

    def check(self) -> Manifest:
        """Return the manifest. Raises CheckError for a damaged backup, UsageError for one that does not fit here."""
        manifest = self._backups.check(self._name)
        server = int(self._admin.sql(ADMIN, "SELECT current_setting('server_version_num')::int / 10000;"))
        wanted = {service: migration(self._paths, service) for service in self._services}
        if (refused := refusal(manifest, self._paths.lab_id, server, wanted)) is not None:
            raise refused
        return manifest

    def _check(self) -> None:
        self._began = time.monotonic()
        self._manifest = self.check()

    @property
    def _taken(self) -> Manifest:
        if self._manifest is None:
            raise ValueError("the sums come first")
        return self._manifest

    def _load(self, service: str) -> None:
        dump = self._taken.dumps[service]
        try:
            incoming = make(self._admin, service)
            self._admin.load(incoming, self._backups.folder(self._name) / dump.file)
            self._admin.sql(incoming, "ANALYZE;", timeout=600)
        except CommandError as error:
            fix = "./inv lab.logs postgres; what was in use is as it was, so the same command can be typed again"
            what = f"the database of {service} could not be loaded"
            raise CheckError(what, why=error.why, detail=error.detail, fix=fix) from error
        found = self._admin.tell(incoming).tables
        if found != dump.held.tables:
            why = f"rows are {found}, the backup has {dump.held.tables}"
            raise CheckError(f"the database of {service} did not come back whole", why=why, fix="./inv db.list")
        if service == "order":
            republish(self._admin, incoming)

    def _swap(self) -> None:
        swap(self._admin, self._services)
        if "notification" in self._services and "order" not in self._services:
            republish(self._admin, DATABASES["order"])

    def _serve(self) -> None:
        for service in SERVICES:
            wait(
                service,
                Api.of(self._state, service).ready,
                lambda seen: seen[0],
                explain=lambda seen: seen[1],
                timeout=120,
                successes=2,
                fix=f"./inv lab.logs {service}",
            )

    def _count(self) -> None:
        """Wait until no order is lost: the relay publishes again what the dump had published and not notified of."""
        self._ledger = wait(
            "ledger",
            lambda: ledger.look(self._state),
            lambda seen: seen.ok,
            explain=lambda seen: f"{len(seen.lost)} orders not found yet, {len(seen.duplicated)} duplicated",
            delay=0.5,
            timeout=120,
            fix="./inv lab.verify",
        )
        self._seconds = time.monotonic() - self._began

    def _finish(self) -> None:
        if "order" in self._services:
            self._replaced.account()  # also where no former database is: a lost one leaves its notifications
        self._replaced.settle()
        if gone := self._backups.prune():
            say(f"removed: {', '.join(gone)}")

    def result(self) -> Restored:
        """Return what was done, after the last step."""
        if self._ledger is None:
            raise ValueError("the ledger comes first")
        dumps = {service: self._taken.dumps[service] for service in self._services}
        taken_at = next(iter(dumps.values())).held.taken_at
        gone = self._replaced.gone
        newest = max(gone.values(), default=taken_at)
        return Restored(
            name=self._name,
            taken_at=taken_at,
            rows={DATABASES[service]: dump.held.tables for service, dump in dumps.items()},
            rto_seconds=round(self._seconds, 2),
            rpo_seconds=round(max(0.0, (newest - taken_at).total_seconds()), 2),
            gone=sorted(gone, key=gone.__getitem__),
            unknown=len(gone.keys() & set(self._ledger.unknown)),
            safety=self._replaced.safety,
            ledger=self._ledger,
        )


def restore(paths: Paths, state: LabState, name: str, services: Sequence[str]) -> Restored:
    """Restore in one go; what goes wrong is raised as `Restore`'s steps do."""
    doing = Restore(paths, state, name, services)
    for step in doing.steps():
        step.run()
    return doing.result()
