"""The lab's own images: built from the working tree, pushed to its registry, known by digest."""

from collections.abc import Sequence

from lab.core.paths import Paths
from lab.core.say import say
from lab.core.state import SERVICES, LabState
from lab.tools import images
from lab.tools.registry import Registry

GIT_SERVER = "git-server"
_TAG = "lab"


class OwnImages:
    """Builds and pushes; what did not change costs a look into BuildKit's cache."""

    def __init__(self, paths: Paths, state: LabState) -> None:
        self._paths = paths
        self._registry = Registry(state.registry)

    def build(self, services: Sequence[str] = SERVICES) -> None:
        """Build and push the images of `services`."""
        for service in services:
            self._one(f"{service}-service", "services/Dockerfile", {"SERVICE": service})

    def build_git_server(self) -> None:
        """Build and push the git server's image."""
        self._one(GIT_SERVER, "lab/git_server/Dockerfile", {})

    def digest(self, image: str) -> str | None:
        """Return the digest of `image` in the registry, None when it was never pushed."""
        return self._registry.digest(image, _TAG)

    def _one(self, image: str, dockerfile: str, arguments: dict[str, str]) -> None:
        local = f"kubeflow-ops/{image}:local"
        images.build(self._paths.checkout, dockerfile, local, arguments)
        digest = images.push(local, f"{self._registry.address}/{image}:{_TAG}")
        say(f"{image} is {digest[:19]}")
