"""What keeps an Application from being synced: Argo CD's words, its parent's when it is not there, and patience."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from lab.checks.applications import Watch
from lab.tools.cluster import Cluster

_PATH = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


class FakeCluster(Cluster):
    """Answers with the Applications it was given; anything else that is asked for is a mistake."""

    annotations: ClassVar[dict[str, str]] = {}

    def __init__(self, **apps: dict[str, Any]) -> None:
        super().__init__(Path("/nowhere"))
        self._apps = apps

    def get(self, path: str, **_query: str) -> dict[str, Any] | None:
        folder, _, name = path.rpartition("/")
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
