"""One object of Kubernetes as a cluster gets it, and the Application that makes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from lab.core.errors import UsageError
from lab.tools.fields import Body, text

# Objects of these kinds have no namespace, whatever their Application's destination is.
_CLUSTER_WIDE = frozenset({
    "APIService", "ClusterExternalSecret", "ClusterRole", "ClusterRoleBinding", "ClusterSecretStore", "CSIDriver",
    "CustomResourceDefinition", "DeletingPolicy", "EC2NodeClass", "GeneratingPolicy", "ImageValidatingPolicy",
    "IngressClass", "MutatingPolicy", "MutatingWebhookConfiguration", "Namespace", "NodePool", "PersistentVolume",
    "PriorityClass", "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "ValidatingPolicy", "ValidatingWebhookConfiguration",
})  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """What made an object: an Application's path. `home` is the namespace of an object that names none."""

    application: str
    path: str
    home: str = ""


@dataclass(frozen=True)
class Rendered:
    """One object: its content, the text that it was read from, and what made it."""

    body: Body
    text: str
    origin: Origin

    @property
    def kind(self) -> str:
        return text(self.body, "kind")

    @property
    def group(self) -> str:
        """The API's group, "" for the core one."""
        return text(self.body, "apiVersion").rpartition("/")[0]

    @property
    def name(self) -> str:
        return text(self.body, "metadata", "name")

    @property
    def namespace(self) -> str:
        if self.kind in _CLUSTER_WIDE:
            return ""
        return text(self.body, "metadata", "namespace") or self.origin.home

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What may be in a cluster once."""
        return self.group, self.kind, self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class _Loader(yaml.CSafeLoader):
    """Takes `=` for a string, as Kubernetes does; YAML 1.1 has a meaning for it that nobody uses."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def parse(content: str) -> Any:
    """Return what one YAML document says. Raises YAMLError."""
    return yaml.load(content, Loader=_Loader)  # noqa: S506 - a safe one


def read(content: str, origin: Origin) -> Iterator[Rendered]:
    """Yield every object of a YAML stream. Raises UsageError for what is no object of Kubernetes."""
    for part in re.split(r"^---\s*$", content, flags=re.MULTILINE):
        try:
            made = parse(part)
        except yaml.YAMLError as error:
            raise UsageError(f"{origin.path} is no YAML", why=" ".join(str(error).split())) from error
        if made is None:
            continue
        found = Rendered(made, part.strip("\n"), origin)
        if not (found.kind and found.name and text(made, "apiVersion")):
            shown = " ".join(part.split())[:60]
            why = f"apiVersion, kind and metadata.name are wanted, there is: {shown}"
            raise UsageError(f"{origin.path} holds what is no object of Kubernetes", why=why, fix="correct it")
        yield found
