"""Custom resource definitions without their descriptions, which are three quarters of them.

The API server keeps every schema several times over, Argo CD's controller once more: words cost hundreds of MiB.
"""

import json
from typing import Any

from lab.tools.crds import documents
from lab.tools.rendered import parse

APPLIED = "kubeflow-ops.local/applied"
_NAMED = frozenset({"properties", "patternProperties", "definitions"})  # these hold schemas by name, "description" too
_VALUES = frozenset({"default", "enum", "example"})  # and these no schema


def wordless(text: str, applied: str = "") -> str:
    """Return a YAML stream whose CRDs have no descriptions; whatever else is in it stays as it is written.

    `applied` is the value of a label that each CRD gets. Raises YAMLError for what is no YAML.
    """
    return "\n---\n".join(_made(part, applied) for part in documents(text))


def _made(part: str, applied: str) -> str:
    if "kind: CustomResourceDefinition" not in part:
        return part
    made = parse(part)
    for version in made["spec"]["versions"]:
        version["schema"]["openAPIV3Schema"] = _bare(version["schema"]["openAPIV3Schema"])
    if applied:
        made["metadata"].setdefault("labels", {})[APPLIED] = applied
    return json.dumps(made)


def _bare(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _kept(key, value) for key, value in schema.items() if key != "description"}


def _kept(key: str, value: Any) -> Any:
    if key in _NAMED:
        return {name: _bare(one) for name, one in value.items()}
    return value if key in _VALUES else _bare(value)
