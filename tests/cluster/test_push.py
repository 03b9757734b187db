"""The inner loop: what is on disk runs in the cluster, and nobody who asks meanwhile is turned away."""

import time

import httpx
import pytest

from lab.checks.prober import Prober, answered
from lab.core.wait import wait
from lab.tools import processes
from lab.tools.cluster import Cluster
from tests.cluster.conftest import figure
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]
_MORE = """

@router.get("/now/pushed")
async def pushed() -> str:
    return "MARK"
"""

_ANNOTATE = """\
  - target: {kind: Service}
    patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"pushed": "yes-it-was"}}]'
"""


def test_a_changed_service_runs_after_a_push_and_no_request_fails(lab: Lab) -> None:
    file, mark = lab.checkout / "services" / "user" / "routes.py", str(time.time())
    before, url = file.read_text(), lab.up_state().url("user")
    file.write_text(before + _MORE.replace("MARK", mark))
    try:
        with Prober(lambda: answered(f"{url}/users?limit=1")) as prober:
            began = time.monotonic()
            lab.run("lab.push", "--service", "user", "--plain", timeout=300)
            wait("the change", lambda: pushed(url), lambda seen: seen == mark, delay=0.2, timeout=15, successes=5)
            took = time.monotonic() - began
    finally:
        file.write_text(before)
        lab.run("lab.push", "--service", "user", "--plain", timeout=300)
    assert prober.failures == {}
    assert prober.sent > 20
    figure("a change of user-service is pushed and answers, s", took)


def pushed(url: str) -> object:
    """Return what the added route answers; pods that end may still be asked for a second or two."""
    return httpx.get(f"{url}/users/now/pushed", timeout=10, trust_env=False).json()


def test_a_changed_manifest_is_synced_within_seconds(lab: Lab, cluster: Cluster) -> None:
    file = lab.checkout / "gitops" / "apps" / "user" / "overlays" / "local" / "kustomization.yaml"
    before = file.read_text()
    file.write_text(before.replace("patches:\n", f"patches:\n{_ANNOTATE}", 1))
    try:
        began = time.monotonic()
        pid, _ = lab.start("lab.push", "--service", "user", "--plain")
        wait("the annotation", lambda: annotation(cluster), lambda seen: seen == "yes-it-was", delay=0.1, timeout=60)
        figure("a changed manifest is pushed and applied, s", time.monotonic() - began)
        wait("end of lab.push", lambda: processes.lives(pid), lambda alive: not alive, delay=0.2, timeout=120)
    finally:
        file.write_text(before)
        lab.run("lab.push", "--service", "user", "--plain", timeout=300)
    assert annotation(cluster) == ""


def annotation(cluster: Cluster) -> str:
    found = cluster.get("/api/v1/namespaces/shop/services/user-service")
    assert found is not None
    return str(found["metadata"].get("annotations", {}).get("pushed", ""))


def test_a_push_of_nothing_new_changes_nothing(lab: Lab, cluster: Cluster) -> None:
    def pods() -> set[str]:
        return {pod["metadata"]["uid"] for pod in cluster.items("/api/v1/namespaces/shop/pods")}

    # A replica that load brought stays for the autoscaler's five minutes.
    settled = wait("old pods' end", pods, lambda found: len(found) == 6, delay=1, timeout=420)
    lab.run("lab.push", "--plain", timeout=300)
    assert pods() == settled


def test_an_unknown_service_is_refused(lab: Lab) -> None:
    done = lab.run("lab.push", "--service", "payments", check=False)
    assert done.code == 2
    assert "one of: order, user, notification" in done.stderr
