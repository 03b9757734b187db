"""Why an Application is not synced and healthy: Argo CD's own reason, or the workload's below it."""

import time
from dataclasses import dataclass, replace

from lab.checks import workloads
from lab.checks.workloads import Blocker
from lab.core.errors import LabError
from lab.tools import argocd
from lab.tools.argocd import Application, Hook
from lab.tools.cluster import Cluster

ROOT = "root"  # the app of apps
_WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet"}
_PATIENCE = 45  # seconds that one and the same sync error may last: Argo CD may have just started, or tell of what was


@dataclass(frozen=True)
class Seen:
    """An Application; `blocker` is None when it is done.

    `unsynced`: the one that Argo CD itself can't sync or compare, at least so far; `fix`: where a push may not mend it.
    """

    blocker: Blocker | None
    namespace: str = ""
    unsynced: str = ""
    fix: str = ""


class Watch:
    """Looks at one Application again and again; remembers since when an error lasts."""

    def __init__(self, cluster: Cluster, name: str, revision: str | None = None) -> None:
        self._cluster, self._name, self._revision = cluster, name, revision
        self._error, self._since = "", 0.0

    def look(self) -> Seen:
        """Return what is seen now; an API that does not answer is a state too."""
        try:
            return self._look()
        except LabError as error:
            return Seen(Blocker(f"{error.what} ({error.why})"))

    def _look(self) -> Seen:
        app = argocd.application(self._cluster, self._name)
        if app is None and self._name != ROOT:
            app = argocd.application(self._cluster, ROOT)  # which is to make it
        if app is None:
            return Seen(Blocker("the app of apps is not there yet"))
        if app.name != self._name and not self._lasts(app.failure):
            return Seen(Blocker(f"the app of apps has not made it yet ({self._words(app)})"))
        return Seen(None) if app.done(self._revision) else self._unfinished(app)

    def _unfinished(self, app: Application) -> Seen:
        lasts, earlier = self._lasts(app.failure), app.refreshing or self._revision not in {None, app.revision}
        unsynced = app.name if app.failure else ""
        if app.hook is not None and not earlier:
            found = replace(of_hook(self._cluster, app.hook), hopeless=lasts)
            return Seen(found, app.hook.namespace, unsynced, mended(app) if unsynced else "")
        if lasts:
            return Seen(Blocker(f"Argo CD can't sync {app.name}: {app.failure}", hopeless=True), unsynced=unsynced)
        if earlier or app.sync != "Synced":
            # What is there is of an earlier revision, or not to be told.
            return Seen(Blocker(self._words(app)), unsynced=unsynced)
        return self._resources(app) or Seen(Blocker(self._words(app)))

    def _resources(self, app: Application) -> Seen | None:
        """Return what of the Application is not healthy: a workload's own blocker before Argo CD's words."""
        unwell = [r for r in app.resources if r.get("health", {}).get("status", "Healthy") != "Healthy"]
        for resource in unwell:
            if resource["kind"] in _WORKLOADS:
                space = resource.get("namespace", "")
                found = workloads.blocker(self._cluster, space, resource["kind"], resource["name"])
                if found is not None:
                    return Seen(found, space)
        if not unwell:
            return None
        first, health = unwell[0], unwell[0]["health"]
        words = f"{first['kind']} {first['name']} is {health['status']}: {health.get('message', '')}"
        return Seen(Blocker(words), first.get("namespace", ""))

    def _words(self, app: Application) -> str:
        if app.refreshing:
            return "Argo CD has not looked at the repository yet"
        if app.sync == "Synced" and self._revision not in {None, app.revision}:
            return f"synced to {app.revision[:8]}, {(self._revision or '')[:8]} is on its way"
        return f"{app.sync}, {app.health}" + (f": {app.message}" if app.message else "")

    def _lasts(self, error: str) -> bool:
        if error != self._error:
            self._error, self._since = error, time.monotonic()
        return bool(error) and time.monotonic() - self._since > _PATIENCE


def state(cluster: Cluster, app: Application) -> str:
    """Return in one line how an Application is, and why it is not done. Raises LabError as `cluster` does."""
    words = f"{app.sync}, {app.health}"
    if app.hook is None:
        return words if app.done() or not app.message else f"{words}: {app.message}"
    found = of_hook(cluster, app.hook)
    said = workloads.last_line(cluster, app.hook.namespace, found)
    end = f"; its log ends: {said}" if said else ""
    return f"{words}, but {found}{end}" + (f"; {mended(app)}" if app.failure else "")


def mended(app: Application) -> str:
    """Return what to type once a hook's cause is mended: a push alone starts no sync where all else is as git says."""
    patch = f"patch application {app.name} -n argocd --type merge --patch '{{operation: {{sync: {{}}}}}}'"
    return f'once that is mended: ./inv lab.kubectl "{patch}"'


def of_hook(cluster: Cluster, hook: Hook) -> Blocker:
    """Return why a hook has not succeeded, with its pod where there is one (still)."""
    words = f"its hook {hook.kind} {hook.name} {'failed' if hook.failed else 'has not ended yet'}"
    words += f" ({hook.message})" if hook.message else ""
    pod = workloads.of_job(cluster, hook.namespace, hook.name) if hook.kind == "Job" else None
    return Blocker(words) if pod is None else replace(pod, words=f"{words}: {pod}", hopeless=False)
