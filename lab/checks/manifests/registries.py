"""The cluster's own list of registries, held to every image before admission holds pods to it."""

from collections.abc import Iterator, Sequence

import yaml

from lab.checks.manifests.pods import pods
from lab.checks.manifests.problem import Problem
from lab.tools.fields import bodies, dig, text
from lab.tools.rendered import Rendered

POLICY = "allowed-registries"


def registries(objects: Sequence[Rendered]) -> Iterator[Problem]:
    """Yield every image that the ValidatingPolicy allowed-registries, if there is one, would refuse."""
    for policy in objects:
        if policy.kind != "ValidatingPolicy" or policy.name != POLICY:
            continue
        field, listed = allowed(policy)
        if bad := [entry for entry in listed if not entry.endswith(("/", ":", "@"))] or ([] if listed else ["nothing"]):
            what, fix = (
                f"{', '.join(bad)} is no beginning of images' names",
                "write names that end in / or : or @, in a list",
            )
            yield Problem("registry", policy, field, what, fix)
            continue
        for found in pods(objects):
            if found.owner.namespace in excluded(policy):
                continue
            for image_field, image in found.images():
                if not image.startswith(tuple(listed)):
                    what = f"{image!r} begins with none of {', '.join(listed)}"
                    fix = f"take it from one of them, or add to the list of {POLICY} ({policy.origin.path})"
                    yield Problem("registry", found.owner, image_field, what, fix)


def allowed(policy: Rendered) -> tuple[str, list[str]]:
    """Return the field that lists the registries, and the list; it is a literal of CEL, which YAML reads alike."""
    for n, variable in enumerate(bodies(policy.body, "spec", "variables")):
        if text(variable, "name") == "registries":
            try:
                listed = yaml.safe_load(text(variable, "expression"))
            except yaml.YAMLError:
                listed = None
            entries = listed if isinstance(listed, list) else []
            return f"spec.variables[{n}].expression", [entry for entry in entries if isinstance(entry, str)]
    return "spec.variables", []


def excluded(policy: Rendered) -> frozenset[str]:
    """Return the namespaces in which a policy does not hold."""
    selector = bodies(policy.body, "spec", "matchConstraints", "namespaceSelector", "matchExpressions")
    lists = [dig(e, "values") for e in selector if text(e, "operator") == "NotIn"]
    return frozenset(name for listed in lists if isinstance(listed, list) for name in listed if isinstance(name, str))
