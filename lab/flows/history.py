"""`gitops.log`, `gitops.revert`: the commits that Argo CD reads, and the way back by hand."""

from rich.console import Console

from lab.core.errors import UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.view import view_for
from lab.flows.command import within
from lab.flows.push import kind_rung, syncing
from lab.tools.history import Commit, History

_AUTHOR = "gitops.revert"
_FAR = 200  # commits back that a name is looked for in


def log(count: int) -> list[Commit]:
    """Return the last `count` commits that Argo CD reads, the newest first. Raises UsageError off the kind rung."""
    within("count", count, 1, _FAR)
    with kind_rung(Paths()).gitops.history(_AUTHOR) as history:
        return history.commits(count)


def revert(commit: str | None, plain: bool) -> str:
    """Revert a commit, by default the last, and wait until what was before runs; return the commit that reverts it.

    Raises UsageError off the kind rung or for a commit that is not there, CommandError where later commits changed the
    same lines.
    """
    paths, made = Paths(), list[str]()
    with lock(paths.state / "lock"):
        rung = kind_rung(paths)

        def undo() -> None:
            with rung.gitops.history(_AUTHOR) as history:
                made.append(history.revert(the_commit(history, commit)))

        steps = [Step("revert", undo), *syncing(rung, None, lambda: made[0], ("revert",))]
        run_graph(steps, view_for(Console(stderr=True), plain=plain))
    return made[0]


def the_commit(history: History, name: str | None) -> str:
    """Return the id of the commit that `name` begins, of the last one for None. Raises UsageError for none or many."""
    commits = history.commits(1 if name is None else _FAR)
    found = [commit.id for commit in commits if name is None or commit.id.startswith(name)]
    if name == "" or len(found) != 1:
        raise UsageError(f"{len(found)} commits begin with {name!r}", fix="./inv gitops.log shows them")
    return found[0]
