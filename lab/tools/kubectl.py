"""kubectl on the lab's own kubeconfig: renders and applies; what is read goes through lab.tools.cluster."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.core import proc
from lab.tools.lean import APPLIED, lean
from lab.tools.programs import program

_NAMES = re.compile(r"^  name: [\"']?([a-z0-9.-]+)", re.MULTILINE)


def render(folder: Path) -> str:
    """Return what kustomize makes of a folder. Raises CommandError with its words."""
    return proc.run([program("kubectl"), "kustomize", folder], timeout=60).stdout


class Kubectl:
    """kubectl for one cluster."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    def apply(self, text: str) -> None:
        """Apply manifests on the server's side, winning over other managers of the same fields."""
        self.run("apply", "--server-side", "--force-conflicts", "--filename", "-", stdin=text, timeout=180)

    def apply_definitions(self, file: Path) -> None:
        """Apply a file of custom resource definitions, made lean, unless those very ones are there."""
        text = file.read_text()
        digest = _digest(text)
        wanted = {f"customresourcedefinition.apiextensions.k8s.io/{name}" for name in _NAMES.findall(text)}
        there = self.run("get", "crd", "--selector", f"{APPLIED}={digest}", "--output", "name").stdout
        if not wanted <= set(there.split()):
            self.apply(lean(text, digest))

    def apply_once(self, text: str, namespace: str) -> None:
        """Apply manifests unless `namespace`, which is among them, says that these very ones were applied.

        What is changed by hand since then stays: that is for Argo CD to heal, or for `lab.down`.
        """
        digest, annotation = _digest(text), APPLIED.replace(".", r"\.")
        path = f"{{.metadata.annotations.{annotation}}}"
        found = self.run("get", "namespace", namespace, "--output", f"jsonpath={path}", "--ignore-not-found")
        if found.stdout != digest:
            self.apply(text)
            self.run("annotate", "namespace", namespace, "--overwrite", f"{APPLIED}={digest}")

    def run(
        self,
        *words: str,
        stdin: str | None = None,
        timeout: float = 60,
        check: bool = True,
        on_line: Callable[[str], None] | None = None,
    ) -> proc.Completed:
        """Run kubectl; `on_line` gets every line as it comes. Raises CommandError with its words."""
        argv: list[str | Path] = [program("kubectl"), "--kubeconfig", str(self._kubeconfig), *words]
        return proc.run(argv, stdin=stdin, timeout=timeout, check=check, on_line=on_line)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def secret(namespace: str, name: str, values: Mapping[str, str], labels: Mapping[str, str] | None = None) -> str:
    """Return the manifest of a Secret."""
    made: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels or {})},
        "stringData": dict(values),
    }
    return json.dumps(made)
