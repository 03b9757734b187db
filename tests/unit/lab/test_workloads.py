"""Why a pod is not ready, told from what the API says of it; and whether waiting can help."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.checks.workloads import Blocker, blocker, of_pod
from lab.tools.cluster import Cluster

REVISION = "deployment.kubernetes.io/revision"


class FakeCluster(Cluster):
    """One Deployment whose newest template is that of ReplicaSet `new`; pods of it and of `old`, its predecessor."""

    def __init__(
        self, pods: dict[str, list[dict[str, Any]]], events: Sequence[dict[str, Any]] = (), **status: int
    ) -> None:
        super().__init__(Path("/nowhere"))
        self._pods, self._events = pods, list(events)
        self._status = {"replicas": 2, "updatedReplicas": 1, "availableReplicas": 1, "observedGeneration": 2, **status}

    def get(self, path: str, **query: str) -> dict[str, Any] | None:
        match path.rpartition("/")[2]:
            case "user-service":
                meta = {"name": "user-service", "generation": 2, "annotations": {REVISION: "2"}}
                spec = {"replicas": 2, "selector": {"matchLabels": {"app": "user"}}}
                return {"metadata": meta, "spec": spec, "status": self._status}
            case "replicasets":
                return {"items": [self._set("old", "1"), self._set("new", "2")]}
            case "pods":
                chosen = dict(part.split("=") for part in query["labelSelector"].split(","))
                return {"items": self._pods[chosen["pod-template-hash"]]}
            case "events":
                return {"items": self._events}
        pytest.fail(f"{path} is asked for")

    @staticmethod
    def _set(name: str, revision: str) -> dict[str, Any]:
        meta = {"name": f"user-service-{name}", "annotations": {REVISION: revision}}
        return {"metadata": meta | {"labels": {"pod-template-hash": name}}}


def look(cluster: Cluster) -> Blocker | None:
    return blocker(cluster, "shop", "Deployment", "user-service")


def test_broken_pods_of_an_earlier_template_do_not_count() -> None:
    broken = pod(waiting("ImagePullBackOff", "not found"))
    starting = pod({"state": {"running": {}}, "started": False})
    found = look(FakeCluster({"old": [broken], "new": [starting]}))
    assert found is not None
    assert not found.hopeless
    found = look(FakeCluster({"old": [starting], "new": [broken]}))
    assert found is not None
    assert found.hopeless


def test_a_refusal_of_an_earlier_template_does_not_count() -> None:
    def refusal(name: str) -> dict[str, Any]:
        maker = {"kind": "ReplicaSet", "name": f"user-service-{name}"}
        return {"involvedObject": maker, "message": "exceeded quota", "lastTimestamp": ago(1)}

    found = look(FakeCluster({"new": []}, [refusal("old")]))
    assert found is not None
    assert "exceeded quota" not in found.words
    found = look(FakeCluster({"new": []}, [refusal("new")]))
    assert found is not None
    assert found.words == "ReplicaSet user-service-new: exceeded quota"


def test_a_change_that_nobody_has_looked_at_yet_is_waited_for() -> None:
    found = look(FakeCluster({}, observedGeneration=1))
    assert found is not None
    assert found.words == "Deployment user-service was changed just now"


def test_a_workload_with_every_replica_up_to_date_has_no_blocker() -> None:
    assert look(FakeCluster({}, updatedReplicas=2, availableReplicas=2)) is None


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def pod(container: dict[str, Any] | None = None, conditions: list[dict[str, Any]] | None = None, age: float = 5) -> Any:
    status: dict[str, Any] = {"phase": "Pending", "startTime": ago(age), "conditions": conditions or []}
    if container is not None:
        status["containerStatuses"] = [{"name": "service", "ready": False, "restartCount": 0, **container}]
    return {"metadata": {"name": "order-service-1"}, "status": status}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}}


def test_a_ready_pod_has_no_blocker() -> None:
    assert of_pod(pod({"state": {"running": {}}}, [{"type": "Ready", "status": "True"}])) is None


_ENDED = {"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
_KILLED = {"lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
_LACKING = waiting("CreateContainerConfigError", 'secret "x" not found')
_UNASKED = waiting("CreateContainerConfigError", "failed to sync secret cache: timed out waiting for the condition")


@pytest.mark.parametrize(
    ("container", "age", "words", "hopeless"),
    [
        (waiting("ContainerCreating"), 5, "is being made", False),
        (waiting("ImagePullBackOff", "manifest unknown"), 5, "ImagePullBackOff: manifest unknown", True),
        (waiting("ErrImagePull", "x: not found"), 5, "not found", True),
        (waiting("ErrImagePull", "i/o timeout"), 5, "i/o timeout", False),
        (waiting("InvalidImageName"), 5, "InvalidImageName", True),
        (_LACKING, 5, 'secret "x" not found', False),
        (_LACKING, 90, 'secret "x" not found', True),
        (_UNASKED, 90, "failed to sync secret cache", False),  # the API server is away
        (_ENDED, 5, "ended with code 1", False),
        (_ENDED | {"restartCount": 3}, 5, "ended with code 1", True),
        (waiting("CrashLoopBackOff") | {"restartCount": 1}, 5, "1 restarts", False),
        (waiting("CrashLoopBackOff") | {"restartCount": 3} | _KILLED, 5, "last exit code 137 (OOMKilled)", True),
        ({"state": {"running": {}}, "started": False}, 5, "its startup probe has not passed yet", False),
        ({"state": {"running": {}}, "started": True}, 5, "its containers are not ready yet", False),
    ],
)
def test_a_blocker_names_the_pod_and_its_reason(
    container: dict[str, Any], age: float, words: str, hopeless: bool
) -> None:
    found = of_pod(pod(container, age=age))
    assert found is not None
    assert "order-service-1" in found.words
    assert words in found.words
    assert found.hopeless is hopeless


@pytest.mark.parametrize(("since", "hopeless"), [(5, False), (60, True)])
def test_a_pod_without_a_node_is_given_some_patience(since: float, hopeless: bool) -> None:
    unscheduled = {
        "type": "PodScheduled",
        "status": "False",
        "message": "0/2 nodes are available: 2 Insufficient cpu.",
        "lastTransitionTime": ago(since),
    }
    found = of_pod(pod(conditions=[unscheduled]))
    assert found is not None
    assert "finds no node: 0/2 nodes are available: 2 Insufficient cpu." in found.words
    assert found.hopeless is hopeless
