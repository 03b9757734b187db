"""Why a Deployment or StatefulSet is not ready: the pod, its reason, and whether waiting can help."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab.tools.cluster import Cluster

_PLURAL = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
_REVISION = "deployment.kubernetes.io/revision"
_BEING_MADE = {"ContainerCreating", "PodInitializing"}
_PULL = {"ErrImagePull"}
_NEVER = {"ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"}
_MADE_ELSEWHERE = {"CreateContainerConfigError"}  # a Secret or ConfigMap that another pod may be about to make
_CRASHES = 3  # restarts after which a crash loop is believed
_PATIENCE = 30  # seconds that a pod may look for a node: others end meanwhile


@dataclass(frozen=True)
class Blocker:
    """What keeps a workload from being ready. `hopeless`: waiting does not help; `failed`: it was tried, and failed."""

    words: str
    hopeless: bool = False
    failed: bool = False
    pod: str = ""
    container: str = ""

    def __str__(self) -> str:
        return self.words


def blocker(cluster: Cluster, namespace: str, kind: str, name: str) -> Blocker | None:
    """Return what keeps a workload from having every replica up to date and available, None when nothing does.

    Only pods of its newest template count: those of an earlier one, however broken, are on their way out.
    """
    seen = cluster.get(f"/apis/apps/v1/namespaces/{namespace}/{_PLURAL[kind]}/{name}")
    if seen is None:
        return Blocker(f"{kind} {name} is not there yet")
    status, wanted = seen.get("status", {}), seen["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < seen["metadata"]["generation"]:
        return Blocker(f"{kind} {name} was changed just now")
    updated = status.get("updatedReplicas", 0) if kind == "Deployment" or wanted else wanted
    available, total = status.get("availableReplicas", 0), status.get("replicas", 0)
    if updated >= wanted and available >= wanted and total == wanted:
        return None
    maker, newest = _newest(cluster, namespace, kind, seen)
    found = [b for b in _pods(cluster, namespace, seen["spec"]["selector"]["matchLabels"] | newest) if b is not None]
    denied = refused(cluster, namespace, {name, maker})
    worst = next((b for b in found if b.hopeless), denied or next(iter(found), None))
    return worst or Blocker(f"{kind} {name}: {available} of {wanted} pods available")


def _newest(cluster: Cluster, namespace: str, kind: str, seen: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return what makes the pods of a workload's newest template, and the label that they bear."""
    if kind == "StatefulSet":
        return seen["metadata"]["name"], {"controller-revision-hash": seen["status"].get("updateRevision", "")}
    if kind != "Deployment":
        return seen["metadata"]["name"], {}
    selector = ",".join(f"{key}={value}" for key, value in seen["spec"]["selector"]["matchLabels"].items())
    revision = seen["metadata"].get("annotations", {}).get(_REVISION)
    for found in cluster.items(f"/apis/apps/v1/namespaces/{namespace}/replicasets", labelSelector=selector):
        meta = found["metadata"]
        if meta.get("annotations", {}).get(_REVISION) == revision:
            return meta["name"], {"pod-template-hash": meta["labels"]["pod-template-hash"]}
    return "", {}


def stuck(cluster: Cluster, namespace: str) -> list[Blocker]:
    """Return the pods of a namespace whose images or processes have failed: Kubernetes tries them ever more seldom."""
    found = (of_pod(pod) for pod in cluster.items(f"/api/v1/namespaces/{namespace}/pods"))
    return [blocker for blocker in found if blocker is not None and blocker.failed]


def of_job(cluster: Cluster, namespace: str, name: str) -> Blocker | None:
    """Return what keeps a Job's newest pod from its end, None when it has no pod (any more)."""
    pods = cluster.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=f"batch.kubernetes.io/job-name={name}")
    newest = max(pods, key=lambda pod: pod["metadata"]["creationTimestamp"], default=None)
    return None if newest is None else of_pod(newest)


def _pods(cluster: Cluster, namespace: str, labels: dict[str, str]) -> Iterator[Blocker | None]:
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    for pod in cluster.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=selector):
        if "deletionTimestamp" not in pod["metadata"]:
            yield of_pod(pod)


def of_pod(pod: dict[str, Any]) -> Blocker | None:
    """Return what keeps a pod from being ready, None when it is."""
    name, status = pod["metadata"]["name"], pod.get("status", {})
    conditions = {c["type"]: c for c in status.get("conditions", [])}
    if conditions.get("Ready", {}).get("status") == "True":
        return None
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        hopeless = _age(scheduled.get("lastTransitionTime")) > _PATIENCE
        return Blocker(f"pod {name} finds no node: {scheduled.get('message', '')}", hopeless, pod=name)
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        if found := _of_container(name, container, _age(status.get("startTime"))):
            return found
    return Blocker(
        f"pod {name} is {status.get('phase', 'unknown').lower()}, its containers are not ready yet", pod=name
    )


def _of_container(pod: str, container: dict[str, Any], age: float) -> Blocker | None:
    name, state, restarts = container["name"], container.get("state", {}), container.get("restartCount", 0)
    believed = restarts >= _CRASHES
    if ended := state.get("terminated"):
        words = f"pod {pod}: {name} ended with code {ended['exitCode']} ({ended.get('reason', '')})"
        return Blocker(words, believed, True, pod, name) if ended["exitCode"] != 0 else None
    waiting = state.get("waiting")
    if waiting is None:
        starting = not container.get("ready", False) and not container.get("started", True)
        words = f"pod {pod}: {name} runs, its startup probe has not passed yet"
        return Blocker(words, pod=pod, container=name) if starting else None
    reason, message = waiting.get("reason", "waiting"), waiting.get("message", "")
    if reason in _BEING_MADE:
        return Blocker(f"pod {pod}: {name} is being made", pod=pod, container=name)
    if reason == "CrashLoopBackOff":
        last = container.get("lastState", {}).get("terminated", {})
        words = f"{restarts} restarts, last exit code {last.get('exitCode')} ({last.get('reason')})"
        return Blocker(f"pod {pod}: {name} crashes, {words}", believed, True, pod, name)
    hopeless = (
        reason in _NEVER
        or (reason in _PULL and "not found" in message.lower())
        or (reason in _MADE_ELSEWHERE and age > 2 * _PATIENCE and "timed out" not in message)  # the API server is away
    )
    words = f"pod {pod}: {name} {reason}" + (f": {message}" if message else "")
    return Blocker(words, hopeless, hopeless or reason in _PULL, pod, name)


def refused(cluster: Cluster, namespace: str, makers: set[str]) -> Blocker | None:
    """Return why `makers` do not even make their pods: a quota, an admission policy; None when nothing says so."""
    path = f"/api/v1/namespaces/{namespace}/events"
    for event in reversed(cluster.items(path, fieldSelector="reason=FailedCreate")):
        name = event["involvedObject"]["name"]
        made = event.get("lastTimestamp") or event.get("eventTime")
        if name in makers and _age(made) < _PATIENCE:
            return Blocker(f"{event['involvedObject']['kind']} {name}: {event['message']}", hopeless=True)
    return None


def evidence(cluster: Cluster, namespace: str, found: Blocker) -> str:
    """Return the last events of the namespace and the last log lines of the container that blocks."""
    events = sorted(cluster.items(f"/api/v1/namespaces/{namespace}/events"), key=lambda e: e.get("lastTimestamp") or "")
    about = [
        e for e in events if e["type"] == "Warning" and (not found.pod or e["involvedObject"]["name"] == found.pod)
    ]
    lines = [f"event {e['involvedObject']['name']}: {e['reason']}: {e['message']}" for e in about[-4:]]
    lines += [f"log {found.container}: {line}" for line in _said(cluster, namespace, found)]
    return "\n".join(lines)


def last_line(cluster: Cluster, namespace: str, found: Blocker) -> str:
    """Return the last log line of the container that blocks, "" where there is none."""
    return next(reversed(_said(cluster, namespace, found)), "")


def _said(cluster: Cluster, namespace: str, found: Blocker) -> list[str]:
    """Return the last log lines of the container that blocks, or of the one before it."""
    if not found.container:
        return []
    said = cluster.log(namespace, found.pod, found.container, previous=False)
    return (said or cluster.log(namespace, found.pod, found.container, previous=True)).splitlines()


def _age(timestamp: str | None) -> float:
    """Return seconds since an API timestamp."""
    return (datetime.now(UTC) - datetime.fromisoformat(timestamp)).total_seconds() if timestamp else 0.0
