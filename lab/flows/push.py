"""`lab.push`: the working tree into the cluster, built, pushed, synced by Argo CD and healthy."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console

from lab.checks.applications import ROOT
from lab.core.errors import UsageError
from lab.core.graph import Step, run_graph
from lab.core.lock import lock
from lab.core.paths import Paths
from lab.core.profiles import APPLICATIONS
from lab.core.state import SERVICES, require
from lab.core.view import view_for
from lab.stages import kind_waits
from lab.stages.kind import KindRung


def push(service: str | None, plain: bool) -> None:
    """Build `service` (or all), push images and the working tree, wait until Argo CD has synced it.

    Raises UsageError off the kind rung or for an unknown service.
    """
    paths, console = Paths(), Console(stderr=True)
    if service is not None and service not in SERVICES:
        raise UsageError(f"no service is called {service!r}", fix=f"one of: {', '.join(SERVICES)}")
    services: Sequence[str] = SERVICES if service is None else (service,)
    with lock(paths.state / "lock"):
        rung = kind_rung(paths)
        began = time.monotonic()
        commits: list[str] = []
        steps = [
            Step("images", lambda: rung.build(services)),
            Step("push", lambda: commits.append(rung.gitops.push()), ("images",)),
            *syncing(rung, service, lambda: commits[0], ("push",)),
        ]
        run_graph(steps, view_for(console, plain=plain))
    seconds = time.monotonic() - began
    what = "everything" if service is None else service
    console.print(f"[green]✓[/] {what} at {commits[0][:8]} in {seconds:.1f} s", highlight=False)


def syncing(rung: KindRung, service: str | None, commit: Callable[[], str], needs: tuple[str, ...] = ()) -> list[Step]:
    """Return the steps after which the Application of `service` (or all) runs what `commit` returns, and is healthy."""
    watched, cluster = (service,) if service else APPLICATIONS[rung.state.profile], rung.ground.cluster
    return [
        Step("refresh", lambda: rung.gitops.refresh(watched if service else (ROOT, *watched)), needs),
        *(Step(name, lambda n=name: kind_waits.synced(cluster, n, commit()), ("refresh",)) for name in watched),  # type: ignore[misc] # a default binds each
    ]


def kind_rung(paths: Paths) -> KindRung:
    """Return the running lab's rung. Raises UsageError when it is not on the kind rung."""
    state = require(paths.run)
    if state.runtime != "kind":
        fix = "./inv lab.down, then ./inv lab.up --runtime kind"
        raise UsageError(f"the lab is on the {state.runtime} rung, which has no cluster", fix=fix)
    return KindRung(paths, state)
