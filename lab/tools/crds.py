"""Where custom resources' schemas are: CRDs in the charts and manifests of lab.lock, once lab.fetch brought them."""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

from lab.core import proc
from lab.core.errors import UsageError
from lab.core.files import replace
from lab.core.versions import Chart, Lock
from lab.tools.programs import program

# An API's group, and the chart or manifest that has its CRDs.
SOURCES = {
    "argoproj.io": "argo-cd",
    "external-secrets.io": "external-secrets",
    "karpenter.k8s.aws": "karpenter-node-class",
    "karpenter.sh": "karpenter-node-pool",
    "monitoring.coreos.com": "kube-prometheus-stack",
    "policies.kyverno.io": "kyverno",
}
CRD = re.compile(r"^kind: CustomResourceDefinition$", re.MULTILINE)


class Crds:
    """Files of CRDs, by group. A chart is rendered by helm, once for each archive: CRDs are templates as often as not.

    `kubernetes` is the version that charts are rendered for, such as v1.34.3; what is made of them stays in `cache`.
    """

    def __init__(self, cache: Path, lock: Lock, kubernetes: str) -> None:
        self._cache, self._lock, self._kubernetes = cache, lock, kubernetes
        self.lacking: dict[str, str] = {}  # why a group that was asked for has no file

    @staticmethod
    def groups(names: Collection[str]) -> list[str]:
        """Return the groups whose CRDs are in one of the charts or manifests `names`."""
        return [group for group, source in SOURCES.items() if source in names]

    def file(self, group: str) -> Path | None:
        """Return the file that has a group's CRDs, None where it can't be had; `lacking` then says why.

        Raises CommandError with helm's words for a chart that can't be rendered.
        """
        found = self._find(group)
        if isinstance(found, Path):
            return found
        self.lacking[group] = found
        return None

    def _find(self, group: str) -> Path | str:
        """Return a group's file, or why there is none."""
        pins = (*self._lock.manifest, *self._lock.definition, *self._lock.chart)
        pin = next((pin for pin in pins if pin.name == SOURCES.get(group)), None)
        if pin is None:
            return "nothing that lab.lock pins is known to have their CRDs"
        file = self._cache / (pin.file if isinstance(pin, Chart) else f"{pin.name}-{pin.version}.yaml")
        if not file.is_file():
            brings = "gitops.fetch" if pin in self._lock.definition else "lab.fetch"
            return f"{pin.name} {pin.version} is not in .lab/cache: ./inv {brings} brings it"
        if not isinstance(pin, Chart):
            return file
        try:
            return self._rendered(pin, file)
        except UsageError as error:
            return f"helm reads them out of chart {pin.name}, and {error.what}"

    def _rendered(self, pin: Chart, archive: Path) -> Path:
        digest = hashlib.sha256(archive.read_bytes() + self._kubernetes.encode()).hexdigest()[:12]
        made = self._cache / f"crds-{pin.name}-{digest}.yaml"
        if not made.is_file():
            words = ("template", pin.name, archive, "--include-crds", "--kube-version", self._kubernetes)
            text = proc.run([program("helm"), *words], timeout=120).stdout
            replace(made, "\n---\n".join(found for found in documents(text) if CRD.search(found)))
        return made


def documents(text: str) -> list[str]:
    """Return the documents of a YAML stream, unparsed."""
    return re.split(r"^---\s*$", text, flags=re.MULTILINE)
