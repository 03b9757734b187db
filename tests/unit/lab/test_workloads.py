"""Why a pod is not ready, told from what the API says of it; and whether waiting can help."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.checks.workloads import of_pod


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
