"""One backup: each service's database dumped, read back, summed, kept on disk and in S3."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from lab.core import proc
from lab.core.errors import CheckError, CommandError, UsageError
from lab.core.graph import Step, in_turn
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState
from lab.stages.backup_files import MANIFEST, SAFETY, Dump, Manifest, fresh, write_sums
from lab.stages.backups import Backups
from lab.stages.databases import admin_of
from lab.stages.host_programs import DATABASES
from lab.tools.postgres_admin import Admin

ORDER = ("order", "user", "notification")  # an order is dumped before its notification: never one that looks lost


class Backup:
    """A backup of the running lab's databases, in steps; `made` is there after the last.

    `sources` names the database to dump of each service, `kind` is what ends its name.
    """

    def __init__(self, paths: Paths, state: LabState, sources: Mapping[str, str], kind: str = "") -> None:
        self._paths, self._state, self._sources, self._kind = paths, state, sources, kind
        self._backups = Backups(paths, state)
        self._dumps: dict[str, Dump] = {}
        self.name = ""

    @cached_property
    def _admin(self) -> Admin:
        return admin_of(self._paths, self._state)

    @classmethod
    def of(cls, paths: Paths, state: LabState, services: Sequence[str], kind: str = "") -> "Backup":
        """Return the backup of some services."""
        return cls(paths, state, {service: DATABASES[service] for service in services}, kind)

    @property
    def made(self) -> Manifest:
        """What was made."""
        return self._backups.read(self.name)

    def steps(self) -> list[Step]:
        """Return what makes it, in S3 too; an interrupted one leaves nothing that counts as a backup."""
        after = (("sums", self.keep), ("S3", self.store), ("old ones", self.prune))
        return in_turn((("folder", self.begin), *self.dumps().items(), *after))

    def dumps(self) -> dict[str, Callable[[], None]]:
        """Return the dump of each service, in the order that the ledger wants."""
        return {service: lambda s=service: self._dump(s) for service in ORDER if service in self._sources}  # type: ignore[misc] # a default binds each

    def begin(self) -> None:
        """Make the folder anew."""
        self._folder = fresh(self._backups.root)

    def _dump(self, service: str) -> None:
        file = self._folder / f"{DATABASES[service]}.dump"
        try:
            held = self._admin.dump(self._sources[service], file)
            self._admin.read(file)
        except CommandError as error:
            fix = "free some disk if it is full (df), else ./inv lab.logs postgres; what was there stays"
            what = f"the database of {service} could not be dumped"
            raise CheckError(what, why=error.why, detail=error.detail, fix=fix) from error
        self._dumps[service] = Dump(file=file.name, size=file.stat().st_size, held=held)
        rows = ", ".join(f"{count} {table}" for table, count in sorted(held.tables.items()))
        say(f"{file.stat().st_size / 1e6:.1f} MB: {rows}")

    def keep(self) -> None:
        """Write manifest and sums; from here on it is a backup. Raises CheckError for one that would be of no use.

        What a restore replaced is kept whatever state it is in.
        """
        for service, dump in self._dumps.items():
            if self._kind != SAFETY and DATABASES[service] not in dump.held.tables:
                fix = "./inv db.restore latest"
                raise CheckError(f"the database of {service} has no table {DATABASES[service]}: not kept", fix=fix)
        self.name = self._unused()
        manifest = Manifest(
            name=self.name,
            lab_id=self._paths.lab_id,
            runtime=self._state.runtime,
            commit=_commit(self._paths.checkout),
            dumps=self._dumps,
        )
        (self._folder / MANIFEST).write_text(manifest.model_dump_json(indent=2))
        write_sums(self._folder)
        for file in self._folder.iterdir():
            file.chmod(0o600)  # it holds people's names and addresses
        self._folder.rename(self._backups.folder(self.name))

    def _unused(self) -> str:
        at = datetime.now(UTC)
        while (name := f"{at:%Y%m%dT%H%M%SZ}{self._kind}") in {kept.name for kept in self._backups.kept()}:
            at += timedelta(seconds=1)
        return name

    def store(self) -> None:
        """Copy it to S3. Raises AnswerError; on disk it is kept all the same."""
        self._backups.store(self.name)

    def prune(self) -> None:
        """Remove what is too old."""
        if gone := self._backups.prune():
            say(f"removed: {', '.join(gone)}")


def take(paths: Paths, state: LabState, services: Sequence[str], kind: str) -> Manifest:
    """Make a backup in one go; what goes wrong is raised as `Backup`'s steps do."""
    backup = Backup.of(paths, state, services, kind)
    for step in backup.steps():
        step.run()
    return backup.made


def _commit(checkout: Path) -> str:
    try:
        return proc.run(["git", "rev-parse", "HEAD"], cwd=checkout, timeout=10, check=False).stdout.strip()
    except UsageError:
        return ""
