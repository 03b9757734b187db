"""Waits for workloads and Applications of the kind rung: they name the blocker, and end with events and log lines."""

import time

from lab.checks import workloads
from lab.checks.applications import Seen, Watch
from lab.checks.workloads import Blocker
from lab.core.errors import LabError, WaitHopeless, WaitTimeout
from lab.core.say import say
from lab.core.state import SERVICES
from lab.core.wait import wait
from lab.tools import argocd
from lab.tools.cluster import Cluster

_AGAIN = 10  # seconds after which an Application that can't be synced is asked to look again
_STALE = 20  # seconds without a change after which any is: Argo CD may have missed that something became healthy


def synced(cluster: Cluster, name: str, revision: str | None, timeout: float = 420) -> None:
    """Wait until an Application is synced (to `revision`) and healthy; on failure show events and log lines."""
    watch, last, asked = Watch(cluster, name, revision), Seen(None), time.monotonic()

    def look() -> Seen:
        nonlocal last, asked
        before, last = last, watch.look()
        if before != last and not last.unsynced:
            asked = time.monotonic()
        if time.monotonic() - asked > (_AGAIN if last.unsynced else _STALE):  # by itself it would after minutes
            argocd.refresh(cluster, last.unsynced or name)
            asked = time.monotonic()
        return last

    try:
        wait(
            name,
            look,
            lambda seen: seen.blocker is None,
            error=lambda seen: seen.blocker.words if seen.blocker and seen.blocker.hopeless else None,
            explain=lambda seen: str(seen.blocker),
            delay=0.5,
            timeout=timeout,
            fix=f"./inv lab.logs {name}" if name in SERVICES else _describe(name),
        )
    except (WaitHopeless, WaitTimeout) as error:
        if last.unsynced:
            again = last.fix or "mend what it says and ./inv lab.push"
            error.fix = f"{again}; {_describe(last.unsynced)} tells more"
        _show(cluster, error, last.namespace, last.blocker)
        raise


def workload(cluster: Cluster, namespace: str, kind: str, name: str, timeout: float = 240) -> None:
    """Wait until a workload is as it should be; on failure show events and log lines."""
    last: Blocker | None = None

    def look() -> Blocker | None:
        nonlocal last
        try:
            last = workloads.blocker(cluster, namespace, kind, name)
        except LabError as error:
            last = Blocker(f"{error.what} ({error.why})")
        return last

    try:
        wait(
            name,
            look,
            lambda found: found is None,
            error=lambda found: found.words if found and found.hopeless else None,
            delay=0.5,
            timeout=timeout,
            fix=f"./inv lab.kubectl 'describe {kind.lower()} {name} -n {namespace}'",
        )
    except (WaitHopeless, WaitTimeout) as error:
        _show(cluster, error, namespace, last)
        raise


def try_again(cluster: Cluster, *namespaces: str) -> None:
    """Have pods that an earlier attempt left in a back-off tried again now."""
    for namespace in namespaces:
        for found in workloads.stuck(cluster, namespace):
            say(f"trying again: {found.words.partition(':')[0]}")
            cluster.delete(f"/api/v1/namespaces/{namespace}/pods/{found.pod}")


def _show(cluster: Cluster, error: LabError, namespace: str, found: Blocker | None) -> None:
    """Put events and log lines into an error; that they can't be had must not hide it."""
    if found is None or not namespace:
        return
    try:
        error.detail = workloads.evidence(cluster, namespace, found)
    except LabError as unreachable:
        error.detail = f"no events: {unreachable.what}"


def _describe(application: str) -> str:
    return f"./inv lab.kubectl 'describe application {application} -n argocd'"
