"""What keeps an Application from being synced: Argo CD's words, its parent's when it is not there, and patience."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from lab.checks.applications import Watch, state
from lab.tools import argocd
from lab.tools.cluster import Cluster

_PATH = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


class FakeCluster(Cluster):
    """Answers with the Applications it was given; anything else that is asked for is a mistake."""

    annotations: ClassVar[dict[str, str]] = {}
    pods: ClassVar[list[dict[str, Any]]] = []  # of the Job databases

    def __init__(self, **apps: dict[str, Any]) -> None:
        super().__init__(Path("/nowhere"))
        self._apps = apps

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, **_lines: int) -> str:
        assert (namespace, pod, container) == ("data", "databases-x", "psql")
        return "connecting\npsql: no password supplied\n" if previous else ""

    def get(self, path: str, **query: str) -> dict[str, Any] | None:
        folder, _, name = path.rpartition("/")
        if name == "pods":
            assert (folder, query["labelSelector"]) == (
                "/api/v1/namespaces/data",
                "batch.kubernetes.io/job-name=databases",
            )
            return {"items": self.pods}
        assert folder == _PATH, path
        found = self._apps.get(name)
        meta = {"name": name, "annotations": self.annotations}
        return None if found is None else {"metadata": meta, "status": found}


def app(sync: str = "Synced", health: str = "Healthy", revision: str = "abc", **more: Any) -> dict[str, Any]:
    return {"sync": {"status": sync, "revision": revision}, "health": {"status": health}, **more}


def words(watch: Watch) -> str:
    seen = watch.look()
    return "" if seen.blocker is None else f"{'hopeless: ' if seen.blocker.hopeless else ''}{seen.blocker}"


def test_a_synced_and_healthy_application_at_the_revision_is_done() -> None:
    assert words(Watch(FakeCluster(user=app()), "user", "abc")) == ""


def test_a_chart_is_at_the_revision_of_its_files_of_values() -> None:
    chart = app()
    chart["sync"] = {"status": "Synced", "revisions": ["1.2.3", "abc"]}
    assert words(Watch(FakeCluster(loki=chart), "loki", "abc")) == ""
    assert words(Watch(FakeCluster(loki=chart), "loki", "def")) == "synced to abc, def is on its way"


def test_another_revision_is_on_its_way() -> None:
    assert words(Watch(FakeCluster(user=app()), "user", "def")) == "synced to abc, def is on its way"


def test_without_the_app_of_apps_that_is_said() -> None:
    assert words(Watch(FakeCluster(), "user")) == "the app of apps is not there yet"


def test_an_application_that_was_not_made_is_told_by_its_parents_state() -> None:
    parent = app("OutOfSync", "Progressing", operationState={"phase": "Running", "message": "waiting for wave 0"})
    found = words(Watch(FakeCluster(root=parent), "user"))
    assert found == "the app of apps has not made it yet (OutOfSync, Progressing: waiting for wave 0)"


@pytest.mark.parametrize("name", ["user", "root"])
def test_an_error_that_lasts_is_hopeless_and_one_that_passes_is_not(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    now = [0.0]
    monkeypatch.setattr("lab.checks.applications.time.monotonic", lambda: now[0])
    broken = app("Unknown", conditions=[{"type": "ComparisonError", "message": "no such field"}])
    watch = Watch(FakeCluster(**{name: broken}), "user")
    assert not words(watch).startswith("hopeless")
    now[0] = 60
    assert words(watch) == f"hopeless: Argo CD can't sync {name}: no such field"


def test_what_is_there_of_an_earlier_revision_is_not_judged() -> None:
    degraded = [{"kind": "Deployment", "name": "user-service", "namespace": "shop", "health": {"status": "Degraded"}}]
    earlier = app("OutOfSync", "Degraded", resources=degraded)
    assert words(Watch(FakeCluster(user=earlier), "user", "def")) == "OutOfSync, Degraded"


def test_what_was_told_before_a_refresh_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeCluster, "annotations", {"argocd.argoproj.io/refresh": "normal"})
    assert words(Watch(FakeCluster(user=app()), "user", "abc")) == "Argo CD has not looked at the repository yet"


def synced_with_a_hook(phase: str, hook_phase: str, message: str = "") -> dict[str, Any]:
    """An Application whose resources are as git says, and whose last sync ran the Job databases."""
    job = {"group": "batch", "kind": "Job", "namespace": "data", "name": "databases", "syncPhase": "Sync"}
    job |= {"hookType": "Sync", "hookPhase": hook_phase, "message": message}
    script = {"kind": "ConfigMap", "namespace": "data", "name": "databases", "hookPhase": "Running", "status": "Synced"}
    words = (
        "one or more synchronization tasks completed unsuccessfully" if phase == "Failed" else "waiting for the hook"
    )
    return app(operationState={"phase": phase, "message": words, "syncResult": {"resources": [script, job]}})


def crashing() -> dict[str, Any]:
    ended = {"terminated": {"exitCode": 2, "reason": "Error"}}
    psql = {"name": "psql", "restartCount": 4, "lastState": ended, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    return {
        "metadata": {"name": "databases-x", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"phase": "Running", "containerStatuses": [psql]},
    }


def told(cluster: Cluster) -> str:
    found = argocd.application(cluster, "databases")
    assert found is not None
    return state(cluster, found)


def test_a_hook_that_goes_on_failing_is_named_with_its_pod_though_all_else_is_synced_and_healthy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FakeCluster, "pods", [crashing()])
    cluster = FakeCluster(databases=synced_with_a_hook("Running", "Running"))
    pod = "pod databases-x: psql crashes, 4 restarts, last exit code 2 (Error)"
    assert words(Watch(cluster, "databases", "abc")) == f"its hook Job databases has not ended yet: {pod}"
    log = "its log ends: psql: no password supplied"
    assert told(cluster) == f"Synced, Healthy, but its hook Job databases has not ended yet: {pod}; {log}"


def test_a_hook_that_failed_for_good_is_named_and_hopeless_once_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("lab.checks.applications.time.monotonic", lambda: now[0])
    cluster = FakeCluster(databases=synced_with_a_hook("Failed", "Failed", "Job has reached the backoff limit"))
    watch, failed = (
        Watch(cluster, "databases", "abc"),
        "its hook Job databases failed (Job has reached the backoff limit)",
    )
    assert words(watch) == failed
    now[0] = 60
    assert words(watch) == f"hopeless: {failed}"
    assert watch.look().fix in told(cluster)
    assert "patch application databases -n argocd" in watch.look().fix


@pytest.mark.parametrize(("phase", "hook_phase"), [("Succeeded", "Succeeded"), ("Running", "Succeeded")])
def test_a_hook_that_succeeded_keeps_nothing_from_being_done(phase: str, hook_phase: str) -> None:
    cluster = FakeCluster(databases=synced_with_a_hook(phase, hook_phase))
    assert words(Watch(cluster, "databases", "abc")) == ""
    assert told(cluster) == "Synced, Healthy"
