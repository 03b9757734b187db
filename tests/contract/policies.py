"""The admission policies as a cluster gets them, their tests' resources, and kyverno's command line."""

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.core import proc
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.tools import gitops
from lab.tools.programs import program
from lab.tools.rendered import Origin, Rendered, read

OVERLAY = "gitops/platform/policies/overlays/local"
CASES = CHECKOUT / "tests" / "kyverno"


@cache
def policies() -> tuple[Rendered, ...]:
    """Return the lab's policies; skips, in one line, where nothing can be rendered."""
    try:
        return tuple(gitops.render_part(OVERLAY, "kyverno", CHECKOUT))
    except UsageError as error:
        pytest.skip(f"nothing can be rendered: {error.what}")


def cases(policy: str, operation: str = "") -> dict[tuple[str, str], str]:
    """Return what a policy's tests expect: kind and name of a resource, then pass, fail or skip."""
    whole = yaml.safe_load((CASES / policy / "kyverno-test.yaml").read_text())
    entries = [entry for entry in whole["results"] if entry.get("operation", "") == operation]
    return {(entry["kind"], name): entry["result"] for entry in entries for name in entry["resources"]}


def resources(policy: str) -> list[Rendered]:
    return list(
        read((CASES / policy / "resources.yaml").read_text(), Origin(policy, f"tests/kyverno/{policy}", "shop"))
    )


def _namespace(name: str) -> dict[str, Any]:
    labels = {"kubernetes.io/metadata.name": name}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


class Kyverno:
    """kyverno's command line in a folder that holds the tests and what they test."""

    def __init__(self, folder: Path) -> None:
        try:
            self._program = program("kyverno")
        except UsageError as error:
            pytest.skip(f"policies are not tried: {error.what}: {error.why or error.fix}")
        self.folder = folder
        shutil.copytree(CASES, folder, dirs_exist_ok=True)
        self.write("policies.yaml", [policy.body for policy in policies()])

    def write(self, name: str, objects: list[dict[str, Any]]) -> None:
        (self.folder / name).write_text(yaml.safe_dump_all(objects))

    def test(self, policy: str = "") -> proc.Completed:
        """Run a policy's tests, or all."""
        return self._run("test", self.folder / policy, "--require-tests")

    def apply(self, objects: list[dict[str, Any]]) -> proc.Completed:
        """Judge objects as admission would, in namespaces labelled as a cluster labels them."""
        self.write("objects.yaml", objects)
        values = yaml.safe_load((self.folder / "values.yaml").read_text())
        values["namespaces"] = [_namespace(name) for name in sorted({o["metadata"]["namespace"] for o in objects})]
        self.write("namespaces.yaml", [values])
        words = ("--resource", self.folder / "objects.yaml", "--values-file", self.folder / "namespaces.yaml")
        return self._run("apply", self.folder / "policies.yaml", *words)

    def _run(self, *words: str | Path) -> proc.Completed:
        return proc.run([self._program, *words, "--remove-color"], timeout=300, check=False)
