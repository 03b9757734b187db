"""The working tree as a commit, whether committed or not, pushed to the lab's git server.

A bare repository of the lab's own (.lab/git) holds the snapshots, so the user's repository, index and history stay as
they are, and a checkout without git history (a downloaded archive) works as well. .gitignore is honoured.
"""

from collections.abc import Mapping
from pathlib import Path

from lab.core.errors import CommandError
from lab.core.say import say
from lab.tools.git import allowed, git

_BRANCH = "refs/heads/main"
_LARGEST = 48 << 20  # bytes that lab/git_server takes at once


class Snapshots:
    """Snapshots of `tree` in the repository `folder`."""

    def __init__(self, folder: Path, tree: Path) -> None:
        self._folder, self._tree = folder, tree

    def take(self, message: str, replaced: Mapping[str, str]) -> str:
        """Commit the tree, with the files of `replaced` (path: content) as given; return the commit.

        Nothing changed since the last one: that one is returned, and no commit is made.
        """
        self._make()
        self._git("add", "--all", ".")
        self._leave_out_links_that_lead_out()
        for path, content in replaced.items():
            blob = self._git("hash-object", "-w", "--stdin", stdin=content)
            self._git("update-index", "--cacheinfo", f"100644,{blob},{path}")
        tree = self._git("write-tree")
        last = self.last()
        if last and self._git("rev-parse", f"{last}^{{tree}}") == tree:
            return last
        parent = [] if last is None else ["-p", last]
        commit = self._git("commit-tree", tree, *parent, "-m", message)
        self._git("update-ref", _BRANCH, commit)
        return commit

    def _leave_out_links_that_lead_out(self) -> None:
        """Argo CD refuses a repository with a link out of it, and nothing there could be meant for it."""
        for line in filter(None, self._git("ls-files", "--stage", "-z").split("\0")):
            mode, _, path = line.partition("\t")
            link = self._tree / path
            if mode.startswith("120000") and not link.resolve().is_relative_to(self._tree.resolve()):
                say(f"left out: {path} links to {link.readlink()}, outside of the checkout")
                self._git("rm", "--cached", "--quiet", "--", path)

    def last(self) -> str | None:
        """Return the last snapshot's commit, None when there is none."""
        if not (self._folder / "HEAD").is_file():
            return None
        return self._git("rev-parse", "--verify", "--quiet", _BRANCH, check=False) or None

    def push(self, url: str, token: str) -> None:
        """Push the last snapshot. Raises CommandError with git's words; the token is in none of them."""
        try:
            self._git("push", "--quiet", url, f"{_BRANCH}:{_BRANCH}", env=allowed(url, token))
        except CommandError as error:
            self._explain(error, url)
            raise

    def _explain(self, error: CommandError, url: str) -> None:
        """Say so where the push was too large, and forget what it had, which the next one would bring along.

        Git's own words are not to be relied on: it may be cut off before it reads the refusal.
        """
        try:
            there = self._git("ls-remote", url, _BRANCH, env=allowed(url, "")).partition("\t")[0]
        except CommandError:
            return
        known = [f"^{there}"] if there else []
        size = self._git("rev-list", "--objects", "--disk-usage", _BRANCH, *known, check=False)
        if not size.isdecimal() or int(size) < _LARGEST:
            return
        error.why = f"what is new in the working tree is more than the git server takes at once ({_LARGEST >> 20} MiB)"
        error.fix = "move large files out of the checkout, or name them in .gitignore; then again"
        self._git("update-ref", *((_BRANCH, there) if there else ("-d", _BRANCH)))

    def follow(self, url: str) -> None:
        """Take the branch at `url` as what snapshots come after: somebody else may have added a commit there.

        An empty repository leaves everything as it is.
        """
        self._make()
        if self._git("ls-remote", url, _BRANCH, env=allowed(url, "")):
            self._git("fetch", "--quiet", "--force", url, f"{_BRANCH}:{_BRANCH}", env=allowed(url, ""))

    def _make(self) -> None:
        if not (self._folder / "HEAD").is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._git("init", "--quiet", "--bare", "--initial-branch", "main")

    def _git(
        self, *words: str, stdin: str | None = None, check: bool = True, env: Mapping[str, str] | None = None
    ) -> str:
        where = [] if words[0] == "init" else [f"--work-tree={self._tree}"]
        whole = {"GIT_INDEX_FILE": str(self._folder / "lab.index"), **(env or {})}
        fix = "install git" if words[0] == "init" else "./inv lab.logs git-server"
        argv = (f"--git-dir={self._folder}", *where, *words)
        return git(*argv, cwd=self._tree, author="lab.push", env=whole, stdin=stdin, check=check, fix=fix)
