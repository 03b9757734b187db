"""Backups as they are kept: a folder each, on disk and in S3, with a manifest and the sums of all its files."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lab.core.errors import AnswerError, CheckError, UsageError
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import LabState
from lab.stages.backup_files import DRILL, MANIFEST, SAFETY, SUMS, Manifest, fresh, kind, surplus, unlike_sums
from lab.tools.bucket import Bucket

BUCKET = "kubeflow-ops-backups"  # by Terraform where there is a cluster
KEEP = 7  # of each kind
_NAME = re.compile(rf"^\d{{8}}T\d{{6}}Z(?:{SAFETY}|{DRILL})?$")


class Kept(BaseModel):
    """A backup and where it is; `problem` says why its manifest can't be read, `manifest` is of the copy on disk."""

    name: str
    on_disk: bool
    in_s3: bool
    manifest: Manifest | None = None
    problem: str = ""


class Backups:
    """The backups of one lab; of a lab that is not up (`state` None) those on disk alone."""

    def __init__(self, paths: Paths, state: LabState | None) -> None:
        self.root, self._prefix = paths.data / "backups", paths.lab_id
        self._state = state

    def folder(self, name: str) -> Path:
        """Return where a backup is on disk."""
        return self.root / name

    @property
    def _bucket(self) -> Bucket | None:
        return Bucket(self._state.aws, BUCKET) if self._state else None

    def kept(self) -> list[Kept]:
        """Return every backup, the newest first. An S3 that does not answer is said, and shows none."""
        disk, stored = self._on_disk(), set[str]()
        try:
            stored = self._bucket.folders(self._prefix, SUMS) if self._bucket else stored
        except AnswerError as error:
            say(error.words)
        names = sorted(disk | stored, reverse=True)
        return [self._seen(Kept(name=name, on_disk=name in disk, in_s3=name in stored)) for name in names]

    def _on_disk(self) -> set[str]:
        found = self.root.iterdir() if self.root.is_dir() else []
        return {folder.name for folder in found if _NAME.match(folder.name)}

    def _seen(self, kept: Kept) -> Kept:
        if not kept.on_disk:
            return kept
        try:
            return kept.model_copy(update={"manifest": self.read(kept.name)})
        except CheckError as error:
            return kept.model_copy(update={"problem": error.why})

    def named(self, word: str, services: Sequence[str]) -> str:
        """Return the name that `word` means: `latest` is the newest that was asked for and holds all of `services`.

        Raises UsageError where there is none.
        """
        return self.newest(services) if word == "latest" else self._there(word)

    def newest(self, services: Sequence[str], kinds: Sequence[str] = ("",)) -> str:
        """Return the name of the newest that is of one of `kinds` and holds all of `services`.

        One that only S3 has is brought to the disk to see. Raises UsageError where there is none.
        """
        asked = [kept for kept in self.kept() if kind(kept.name) in kinds]
        found = next((kept.name for kept in asked if self._holds(kept, services)), None)
        if found is None and asked:
            why = f"there are: {', '.join(kept.name for kept in asked)}"
            fix = "./inv db.list shows what each holds: --service restores one alone"
            raise UsageError(f"no backup holds {', '.join(services)}", why=why, fix=fix)
        return found or self._there("latest")

    def _holds(self, kept: Kept, services: Sequence[str]) -> bool:
        if kept.problem:
            return True  # its check says what is wrong with it
        manifest = kept.manifest or self.check(kept.name)
        return set(services) <= manifest.dumps.keys()

    def _there(self, name: str) -> str:
        names = [kept.name for kept in self.kept()]
        if name in names:
            return name
        known = f"there are: {', '.join(names)}" if names else "there is none"
        fix = "./inv db.list" if names else "./inv db.backup"
        raise UsageError(f"no backup is called {name!r}", why=known, fix=fix)

    def store(self, name: str) -> None:
        """Copy a backup to S3. Raises AnswerError."""
        if self._state is None or (bucket := self._bucket) is None:
            return
        if self._state.runtime != "kind":
            bucket.ensure()
        bucket.put(self.folder(name), f"{self._prefix}/{name}", SUMS)

    def check(self, name: str) -> Manifest:
        """Bring a backup to the disk where only S3 has it; return it with every sum verified. Raises CheckError."""
        folder = self.folder(name)
        if not folder.exists() and (bucket := self._bucket) is not None:
            say(f"bringing {name} from S3")
            part = fresh(self.root)
            bucket.get(f"{self._prefix}/{name}", part)
            part.rename(folder)
        wrong = unlike_sums(folder)
        if wrong:
            raise self._damaged(name, wrong)
        return self.read(name)

    def read(self, name: str) -> Manifest:
        """Return the manifest of a backup on disk. Raises CheckError for one that can't be read."""
        try:
            return Manifest.model_validate_json((self.folder(name) / MANIFEST).read_text())
        except (OSError, ValidationError, UnicodeDecodeError) as error:
            raise self._damaged(name, f"{MANIFEST}: {str(error).splitlines()[0]}") from error

    def _damaged(self, name: str, why: str) -> CheckError:
        fix = f"rm -r '{self.folder(name)}': the same command then takes the copy in S3, or ./inv db.list for another"
        return CheckError(f"backup {name} is damaged", why=why, fix=fix)

    def prune(self, keep: int = KEEP) -> list[str]:
        """Remove all but the newest `keep` of each kind, on disk and in S3; return the names of what went."""
        kept = self.kept()
        gone = surplus([one.name for one in kept], keep)
        for one in kept:
            if one.name in gone:
                shutil.rmtree(self.folder(one.name), ignore_errors=True)
                if one.in_s3 and (bucket := self._bucket) is not None:
                    bucket.remove(f"{self._prefix}/{one.name}")
        return gone
