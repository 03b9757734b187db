"""A fault that comes the way every change comes: as a commit, which Argo CD syncs. The way back is `git revert`."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import yaml

from lab.drills.base import Drill

_AUTHOR = "drill"


class Committed(Drill):
    """A drill whose fault is a commit to `service`'s overlay; a subclass says what it changes."""

    service: ClassVar[str]

    @abstractmethod
    def change(self, overlay: dict[str, Any]) -> None:
        """Change the overlay's kustomization in place."""

    def fault(self) -> None:
        """Commit the change and have Argo CD look."""
        path = f"gitops/apps/{self.service}/overlays/local/kustomization.yaml"
        with self.field.gitops.history(_AUTHOR) as history:
            overlay = yaml.safe_load(history.read(path))
            self.change(overlay)
            history.commit({path: yaml.safe_dump(overlay, sort_keys=False)}, self._subject)
        self.field.gitops.refresh((self.service,))

    def rollback(self) -> None:
        """Revert the last such commit, unless it is reverted, and have Argo CD look."""
        with self.field.gitops.history(_AUTHOR) as history:
            mine = (commit for commit in history.commits(50) if self._subject in commit.subject)
            last = next(mine, None)
            if last is not None and last.subject == self._subject:
                history.revert(last.id)
                self.field.gitops.refresh((self.service,))

    @property
    def _subject(self) -> str:
        return f"drill: {self.name}"


def setting(overlay: dict[str, Any], values: Mapping[str, str]) -> None:
    """Add settings to the service's ConfigMap; pods start anew for it."""
    lines = yaml.safe_dump([{"op": "add", "path": f"/data/{name}", "value": value} for name, value in values.items()])
    overlay.setdefault("patches", []).append({"target": {"kind": "ConfigMap"}, "patch": lines})
