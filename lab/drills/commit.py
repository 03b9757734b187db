"""A fault that comes the way every change comes: as a commit, which Argo CD syncs. The way back is `git revert`."""

from abc import abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, ClassVar

import yaml

from lab.drills.base import Drill

_AUTHOR = "drill"


class Committed(Drill):
    """A drill whose fault is a commit to `service`'s overlay; a subclass says what it changes."""

    service: ClassVar[str]

    @abstractmethod
    def change(self, overlay: dict[str, Any]) -> None:
        """Change the overlay's kustomization in place; nothing of one that is changed already."""

    def fault(self) -> None:
        """Commit the change and have Argo CD look."""
        with self.field.gitops.history(_AUTHOR) as history:
            overlay = yaml.safe_load(history.read(self._path))
            self.change(overlay)
            history.commit({self._path: yaml.safe_dump(overlay, sort_keys=False)}, self._subject)
        self.field.gitops.refresh((self.service,))

    def rollback(self) -> None:
        """Revert the last such commit, unless it is reverted or a later one took its change out; have Argo CD look.

        Raises CommandError where a later one left it in and wrote around it: `lab.push` puts the tree over both.
        """
        with self.field.gitops.history(_AUTHOR) as history:
            mine = (commit for commit in history.commits(50) if self._subject in commit.subject)
            last = next(mine, None)
            if last is not None and last.subject == self._subject:
                if self._changed(yaml.safe_load(history.read(self._path))):
                    history.revert(last.id)
                self.field.gitops.refresh((self.service,))

    def _changed(self, overlay: dict[str, Any]) -> bool:
        """Return whether the change is in an overlay: then to make it changes nothing."""
        again = deepcopy(overlay)
        self.change(again)
        return again == overlay

    @property
    def _subject(self) -> str:
        return f"drill: {self.name}"

    @property
    def _path(self) -> str:
        return f"gitops/apps/{self.service}/overlays/local/kustomization.yaml"


def setting(overlay: dict[str, Any], values: Mapping[str, str]) -> None:
    """Add settings to the service's ConfigMap, unless they are there; pods start anew for it."""
    lines = yaml.safe_dump([{"op": "add", "path": f"/data/{name}", "value": value} for name, value in values.items()])
    patch, patches = {"target": {"kind": "ConfigMap"}, "patch": lines}, overlay.setdefault("patches", [])
    if patch not in patches:
        patches.append(patch)
