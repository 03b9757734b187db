"""Custom resource definitions as lean as the lab needs them: the API server keeps every schema several times over.

Descriptions go, three quarters of the text, and schemas of kinds that nothing in the lab makes, two thirds of fields.
"""

import json
import re
from typing import Any

from lab.tools.crds import CRD, documents
from lab.tools.rendered import parse

APPLIED = "kubeflow-ops.local/applied"
UNUSED = re.compile(
    r"applicationsets\.argoproj\.io"
    r"|\w+\.kyverno\.io"
    r"|(imagevalidating|namespaced\w+)policies\.policies\.kyverno\.io"
    r"|(alertmanagerconfigs|probes|prometheusagents|scrapeconfigs|thanosrulers)\.monitoring\.coreos\.com"
    r"|(clusterexternalsecrets|clusterpushsecrets|pushsecrets|secretstores)\.external-secrets\.io"
    r"|\w+\.generators\.external-secrets\.io"
)
_ANY = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_NAMED = frozenset({"properties", "patternProperties", "definitions"})  # these hold schemas by name, "description" too
_VALUES = frozenset({"default", "enum", "example"})  # and these no schema


def lean(text: str, applied: str = "") -> str:
    """Return a YAML stream with its CRDs made lean; whatever else is in it stays as it is written.

    `applied` is the value of a label that each CRD gets. Raises YAMLError for what is no YAML.
    """
    return "\n---\n".join(_made(part, applied) for part in documents(text))


def _made(part: str, applied: str) -> str:
    if not CRD.search(part):
        return part
    made = parse(part)
    unused = UNUSED.fullmatch(made["metadata"]["name"])
    for version in made["spec"]["versions"]:
        version["schema"] = {"openAPIV3Schema": _ANY if unused else _bare(version["schema"]["openAPIV3Schema"])}
        if unused:
            version.pop("selectableFields", None)  # each is a field of the schema
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
