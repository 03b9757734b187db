"""Our own rules of what runs: the same that admission policies hold pods to, told before anything is pushed."""

from collections.abc import Iterator, Sequence

from lab.checks.manifests.pods import Container, Pods, pods, scaled
from lab.checks.manifests.problem import Problem
from lab.tools.fields import bodies, body, dig, text
from lab.tools.rendered import Rendered

OURS = frozenset({"shop", "data", "git", "load"})  # namespaces whose pods never ask the API for anything
LABELS = ("app", "team", "env")  # by which cost, alerts and owners are found
_OF_THE_NODE = ("hostNetwork", "hostPID", "hostIPC")


def rules(objects: Sequence[Rendered]) -> Iterator[Problem]:
    """Yield every way in which a pod template is not as ours must be."""
    targets = {scaled(found) for found in objects if found.kind == "HorizontalPodAutoscaler"}
    for found in pods(objects):
        yield from _pod(found)
        for container in found.containers():
            yield from _container(found, container)
        owner = found.owner
        if owner.key in targets and "replicas" in body(owner.body, "spec"):
            what = "a HorizontalPodAutoscaler owns the number of replicas"
            yield Problem("replicas", owner, "spec.replicas", what, "leave it out: every sync would undo the scaling")


def _pod(found: Pods) -> Iterator[Problem]:
    owner = found.owner
    if owner.namespace in OURS and found.spec.get("automountServiceAccountToken") is not False:
        field = found.field("spec", "automountServiceAccountToken")
        yield Problem("token", owner, field, "the pod gets a token of the API that it never uses", "write false")
    missing = [label for label in LABELS if not found.labels.get(label)] if owner.namespace in OURS else []
    if missing:
        what = f"{', '.join(missing)} not there"
        yield Problem("labels", owner, found.field("metadata", "labels"), what, f"label it with {', '.join(LABELS)}")
    for field, image in found.images():
        if wrong := _of_image(image):
            yield Problem("image-tag", owner, field, wrong, "write the version or the digest")
    for shared in _OF_THE_NODE:
        if found.spec.get(shared) is True:
            yield Problem("privileged", owner, found.field("spec", shared), "takes what is the node's", "leave it out")
    for volume in bodies(found.spec, "volumes"):
        if "hostPath" in volume:
            field = found.field("spec", f"volumes[{text(volume, 'name')}].hostPath")
            yield Problem("privileged", owner, field, "reaches into the node", "take an emptyDir or a claim")


def _container(found: Pods, container: Container) -> Iterator[Problem]:
    owner, at, content = found.owner, container.field, container.body
    security = body(content, "securityContext")
    wanted = [(side, what) for side in ("requests", "limits") for what in ("cpu", "memory")]
    if missing := [f"{side}.{what}" for side, what in wanted if dig(content, "resources", side, what) is None]:
        yield Problem("resources", owner, f"{at}.resources", f"{', '.join(missing)} not there", "write what it takes")
    if security.get("privileged") is True:
        field = f"{at}.securityContext.privileged"
        yield Problem("privileged", owner, field, "makes it root of the node", "leave it out")
    added = dig(security, "capabilities", "add")
    if isinstance(added, list) and set(added) - {"NET_BIND_SERVICE"}:
        field = f"{at}.securityContext.capabilities.add"
        yield Problem("privileged", owner, field, "gives it powers of root", "add NET_BIND_SERVICE at most")
    if security.get("runAsNonRoot", dig(found.spec, "securityContext", "runAsNonRoot")) is not True:
        what = "the container may run as root"
        yield Problem("non-root", owner, f"{at}.securityContext.runAsNonRoot", what, "write true, here or on the pod")
    if security.get("readOnlyRootFilesystem") is not True:
        what, fix = "its root can be written to", "write true, and an emptyDir where it must write"
        yield Problem("read-only-root", owner, f"{at}.securityContext.readOnlyRootFilesystem", what, fix)
    dropped = dig(security, "capabilities", "drop")
    if not (isinstance(dropped, list) and "ALL" in dropped):
        what = "it keeps capabilities of root"
        yield Problem("capabilities", owner, f"{at}.securityContext.capabilities.drop", what, "write [ALL]")
    unasked = [probe for probe in ("livenessProbe", "readinessProbe") if not content.get(probe)]
    if container.runs_on and unasked:
        what = f"{' and '.join(unasked)} not there: nothing tells whether it works"
        yield Problem("probes", owner, at, what, "add it")


def _of_image(image: str) -> str:
    """Return what is wrong with an image's reference, "" when it names one version."""
    if "@" in image:
        return ""
    _, separator, tag = image.rpartition("/")[2].partition(":")
    if not separator:
        return f"{image!r} has no tag: it means whatever is latest"
    return f"{image!r} means another image every day" if tag in {"", "latest"} else ""
