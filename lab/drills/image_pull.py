"""A release whose image is not there: the rollout hangs, the old pods serve, and Argo CD says that it is stuck."""

from typing import Any

from lab.drills.base import Page
from lab.drills.commit import Committed
from lab.drills.crash_loop import waiting

_NOWHERE = f"sha256:{0:064x}"


class ImagePull(Committed):
    """A commit names a digest of notification-service that no registry has."""

    name = "image-pull"
    title = "notification-service's new image can't be pulled"
    service = "notification"
    pages = (Page("ArgoCdAppNotSynced", {"name": "notification"}, within=480, clears=240),)
    takes = 120
    hints = ("Users notice nothing.", "A rollout does not get on.", "kubectl get pods -n shop")

    def change(self, overlay: dict[str, Any]) -> None:
        """Name another digest."""
        for image in overlay["images"]:
            image.pop("newTag", None)
            image["digest"] = _NOWHERE

    def effect(self) -> str:
        """Tell which container has no image."""
        return waiting(self.field.cluster, "notification-service", {"ErrImagePull", "ImagePullBackOff"})
