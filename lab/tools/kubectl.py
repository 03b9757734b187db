"""kubectl on the lab's own kubeconfig: renders and applies; what is read goes through lab.tools.cluster."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.core import proc
from lab.tools.programs import program


def render(folder: Path) -> str:
    """Return what kustomize makes of a folder. Raises CommandError with its words."""
    return proc.run([program("kubectl"), "kustomize", folder], timeout=60).stdout


class Kubectl:
    """kubectl for one cluster."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    def apply(self, text: str) -> None:
        """Apply manifests on the server's side, winning over other managers of the same fields."""
        self.run("apply", "--server-side", "--force-conflicts", "--filename", "-", stdin=text, timeout=120)

    def apply_folder(self, folder: Path) -> None:
        """Apply what kustomize makes of a folder."""
        self.apply(render(folder))

    def apply_secret(
        self, namespace: str, name: str, values: Mapping[str, str], labels: Mapping[str, str] | None = None
    ) -> None:
        """Apply a Secret; its values go through standard input, never through arguments."""
        secret: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace, "labels": dict(labels or {})},
            "stringData": dict(values),
        }
        self.apply(json.dumps(secret))

    def run(self, *words: str, stdin: str | None = None, timeout: float = 60, check: bool = True) -> proc.Completed:
        """Run kubectl. Raises CommandError with its words."""
        argv: list[str | Path] = [program("kubectl"), "--kubeconfig", str(self._kubeconfig), *words]
        return proc.run(argv, stdin=stdin, timeout=timeout, check=check)
