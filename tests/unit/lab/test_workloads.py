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


@pytest.mark.parametrize(
    ("seen", "words", "hopeless"),
    [
        (pod(waiting("ContainerCreating")), "is being made", False),
        (pod(waiting("ImagePullBackOff", "manifest unknown")), "ImagePullBackOff: manifest unknown", True),
        (pod(waiting("ErrImagePull", "x: not found")), "not found", True),
        (pod(waiting("ErrImagePull", "i/o timeout")), "i/o timeout", False),
        (pod(waiting("InvalidImageName")), "InvalidImageName", True),
        (pod(waiting("CreateContainerConfigError", 'secret "x" not found')), 'secret "x" not found', False),
        (pod(waiting("CreateContainerConfigError", 'secret "x" not found'), age=90), 'secret "x" not found', True),
        (pod({"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}), "ended with code 1", False),
        (
            pod({"state": {"terminated": {"exitCode": 1, "reason": "Error"}}, "restartCount": 3}),
            "ended with code 1",
            True,
        ),
        (pod({**waiting("CrashLoopBackOff"), "restartCount": 1}), "1 restarts", False),
        (
            pod(
                {
                    **waiting("CrashLoopBackOff"),
                    "restartCount": 3,
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                }
            ),
            "last exit code 137 (OOMKilled)",
            True,
        ),
        (pod({"state": {"running": {}}, "started": False}), "its startup probe has not passed yet", False),
        (pod({"state": {"running": {}}, "started": True}), "its containers are not ready yet", False),
    ],
)
def test_a_blocker_names_the_pod_and_its_reason(seen: dict[str, Any], words: str, hopeless: bool) -> None:
    found = of_pod(seen)
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
