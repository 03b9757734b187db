"""The commits of a remote branch: looked at, added to and reverted, in a clone that lasts as long as it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from lab.core.errors import CommandError, UsageError
from lab.core.say import say
from lab.tools.git import allowed, git

_ATTEMPTS = 10  # each that fails is one in which somebody else's commit came first


@dataclass(frozen=True)
class Commit:
    """A commit: its id (40 hex digits) and its message's first line."""

    id: str
    subject: str


class History:
    """The branch of the repository at `url`; every change is pushed before the call returns, on top of others' changes.

    A context: `with History(url, token, author="lab.ship") as history: ...`. Raises CommandError with git's words.
    """

    def __init__(self, url: str, token: str = "", *, author: str, branch: str = "main") -> None:
        self._url, self._author, self._branch = url, author, branch
        self._env = allowed(url, token)
        self._temporary = TemporaryDirectory(prefix="kubeflow-ops-git-")
        self._clone = Path(self._temporary.name)

    def __enter__(self) -> Self:
        try:
            self._git("clone", "--quiet", "--branch", self._branch, self._url, ".")
        except CommandError:
            self._temporary.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._temporary.cleanup()

    def commits(self, count: int = 10) -> list[Commit]:
        """Return the last `count` commits, the newest first."""
        lines = self._git("log", f"--max-count={count}", "--first-parent", "--format=%H %s").splitlines()
        return [Commit(commit, subject) for commit, _, subject in (line.partition(" ") for line in lines)]

    def read(self, path: str) -> str:
        """Return what a file says. Raises UsageError when there is none."""
        file = self._clone / path
        if not file.is_file():
            raise UsageError(f"{path} is not on branch {self._branch}", fix="push it first")
        return file.read_text()

    def commit(self, changes: Mapping[str, str], message: str) -> str:
        """Commit `changes` (path: whole text) and return the commit; the last one when they change nothing."""
        for path, text in changes.items():
            (self._clone / path).parent.mkdir(parents=True, exist_ok=True)
            (self._clone / path).write_text(text)
        self._git("add", "--", *changes)
        if not self._git("diff", "--cached", "--name-only"):
            return self._git("rev-parse", "HEAD")
        self._git("commit", "--quiet", "--message", message)
        return self._pushed()

    def revert(self, commit: str) -> str:
        """Undo `commit` by a new one and return that. Raises UsageError for the first commit of all."""
        if not self._git("rev-list", "--parents", "--max-count=1", commit, "--").partition(" ")[2]:
            raise UsageError(f"{commit[:8]} is the first commit", fix="there is nothing to go back to")
        self._git("revert", "--no-edit", commit)
        return self._pushed()

    def _pushed(self) -> str:
        for _ in range(_ATTEMPTS):
            try:
                self._git("push", "--quiet", "origin", f"HEAD:refs/heads/{self._branch}")
                break
            except CommandError as refused:
                before = self._head()
                self._git("fetch", "--quiet", "origin", self._branch)
                if self._head() == before:
                    raise
                say(f"{self._head()[:8]} was pushed meanwhile: this goes on top of it")
                failure = refused
            self._git("rebase", "--quiet", f"origin/{self._branch}")
        else:
            raise failure
        return self._git("rev-parse", "HEAD")

    def _head(self) -> str:
        return self._git("rev-parse", f"origin/{self._branch}")

    def _git(self, *words: str) -> str:
        return git(*words, cwd=self._clone, author=self._author, env=self._env)
