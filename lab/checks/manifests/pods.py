"""Pods that objects make, their containers, and what a selector selects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.tools.fields import Body, bodies, body, dig, text
from lab.tools.rendered import Rendered

_TEMPLATES = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_LONG_RUNNING = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}


@dataclass(frozen=True)
class Container:
    """`field` is its path in the object; `runs_on`: it is to run as long as its pod does."""

    field: str
    body: Body
    runs_on: bool


@dataclass(frozen=True)
class Pods:
    """The pods that `owner` makes, by their template."""

    owner: Rendered

    @property
    def template(self) -> Body:
        return body(self.owner.body, *_TEMPLATES[self.owner.kind])

    @property
    def labels(self) -> Body:
        return body(self.template, "metadata", "labels")

    @property
    def spec(self) -> Body:
        return body(self.template, "spec")

    def field(self, *below: str) -> str:
        """Return the path of a field of the template."""
        return ".".join((*_TEMPLATES[self.owner.kind], *below))

    def containers(self) -> Iterator[Container]:
        """Yield init containers, then the others."""
        for where in ("initContainers", "containers"):
            for container in bodies(self.spec, where):
                runs = where == "containers" or text(container, "restartPolicy") == "Always"
                path = self.field("spec", f"{where}[{text(container, 'name')}]")
                yield Container(path, container, runs and self.owner.kind in _LONG_RUNNING)

    def images(self) -> Iterator[tuple[str, str]]:
        """Yield field and name of every image: of containers, and of volumes that are images."""
        for container in self.containers():
            yield f"{container.field}.image", text(container.body, "image")
        for volume in bodies(self.spec, "volumes"):
            if "image" in volume:
                field = self.field("spec", f"volumes[{text(volume, 'name')}].image.reference")
                yield field, text(volume, "image", "reference")


def pods(objects: Sequence[Rendered]) -> list[Pods]:
    """Return what makes pods among the objects."""
    return [Pods(found) for found in objects if found.kind in _TEMPLATES]


def scaled(scaler: Rendered) -> tuple[str, str, str, str]:
    """Return the key of what a HorizontalPodAutoscaler scales."""
    target = body(scaler.body, "spec", "scaleTargetRef")
    group = text(target, "apiVersion").rpartition("/")[0]
    return group, text(target, "kind"), scaler.namespace, text(target, "name")


def selected(selector: Body, labels: Body) -> bool:
    """Return whether a selector (matchLabels, matchExpressions; empty: all) selects labels."""
    wanted = body(selector, "matchLabels")
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(expression, labels) for expression in bodies(selector, "matchExpressions")
    )


def _holds(expression: Body, labels: Body) -> bool:
    key, listed = text(expression, "key"), dig(expression, "values")
    values = listed if isinstance(listed, list) else []
    match text(expression, "operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False
