"""`gitops.bump`: a service's new image into a cluster's overlay, here or straight on a remote's branch."""

import os
from pathlib import Path

from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.core.state import SERVICES
from lab.tools.history import History
from lab.tools.overlay import with_digest

TOKEN = "GITOPS_TOKEN"  # noqa: S105 - the variable's name


def bump(
    service: str, digest: str, cluster: str, repository: str | None, branch: str, checkout: Path = CHECKOUT
) -> str:
    """Put `digest` into the overlay of `service` for `cluster`; return in words what was done.

    Without a `repository` the checkout's file is changed, for you to commit; with one (a URL) a commit is pushed to its
    `branch`, again and again until no other push comes first, with the token of GITOPS_TOKEN. Raises UsageError for
    what can't be meant, CommandError with git's words.
    """
    if service not in SERVICES:
        raise UsageError(f"no service is called {service!r}", fix=f"one of: {', '.join(SERVICES)}")
    path, image = f"gitops/apps/{service}/overlays/{cluster}/kustomization.yaml", f"{service}-service"
    if repository is None:
        file = checkout / path
        if not file.is_file():
            there = sorted(folder.name for folder in file.parents[1].iterdir())
            raise UsageError(f"--cluster {cluster!r}: {service} has no such overlay", fix=f"one of: {', '.join(there)}")
        file.write_text(with_digest(file.read_text(), image, digest))
        return f"{path} has {digest[:19]}: commit it"
    with History(repository, os.environ.get(TOKEN, ""), author="gitops.bump", branch=branch) as history:
        before = history.commits(1)[0].id
        made = history.commit(
            {path: with_digest(history.read(path), image, digest)}, f"Deploy {image} {digest[:19]} to {cluster}"
        )
    done = f"is {made[:8]}" if made != before else f"was there already, at {made[:8]}"
    return f"{image} {digest[:19]} for {cluster} {done} on {branch}"
