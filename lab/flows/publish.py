"""`image.build`, `image.push`: a service's image as CI makes it, upon the pinned images; no lab is needed."""

from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.core.state import SERVICES
from lab.core.versions import load_lock
from lab.tools import images


def build(service: str) -> str:
    """Build the image of `service` upon what lab.lock pins; return what the Engine calls it.

    Raises UsageError for an unknown service, CommandError with the build's last lines.
    """
    bases = {argument: f"{image.name}@{image.digest}" for argument, image in load_lock().bases().items()}
    local = _local(service)
    images.build(CHECKOUT, "services/Dockerfile", local, {"SERVICE": service, **bases})
    return local


def push(service: str, target: str) -> str:
    """Push what `build` made, or CI loaded, to `target` (host/path:tag); return its digest there.

    A tag that is there already is left as it is, and its digest returned: a job that is run again goes on with what it
    pushed first. Raises UsageError for an unknown service or an image that is not in the Engine.
    """
    local = _local(service)
    if digest := images.digest_at(target):
        return digest
    if not images.image_id(local):
        raise UsageError(f"the Engine has no image {local}", fix=f"./inv image.build {service}")
    return images.push(local, target)


def _local(service: str) -> str:
    if service not in SERVICES:
        raise UsageError(f"no service is called {service!r}", fix=f"one of: {', '.join(SERVICES)}")
    return f"kubeflow-ops/{service}-service:local"
