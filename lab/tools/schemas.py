"""JSON schemas of Kubernetes (kubernetes-validate's wheel brings them) and of custom resources (their CRDs)."""

import json
import re
from collections.abc import Callable
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from lab.core.errors import UsageError
from lab.tools.crds import documents
from lab.tools.fields import Body, bodies, body, field, text
from lab.tools.rendered import parse

_URI = "https://kubernetes.io/api/_definitions.json"
_METADATA = {"$ref": f"{_URI}#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
_LONGEST = 200  # characters of one complaint: it may quote the whole object
# What JSON Schema and a CRD say alike. `format` and `default` change nothing here.
_ALIKE = (
    "type", "required", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "uniqueItems", "minProperties", "maxProperties", "allOf", "anyOf", "oneOf", "not",
)  # fmt: skip

# Where a CRD says its group and its kind. Whole files of a release are large: only the CRD asked for is parsed.
_GROUP = re.compile(r"^  group: [\"']?([\w.-]+)", re.MULTILINE)
_NAME = re.compile(r"^    kind: [\"']?(\w+)", re.MULTILINE)

type _Kind = tuple[str, str, str]  # group, version, kind


class Schemas:
    """The strict schemas of one Kubernetes version, such as 1.34, and of custom resources.

    `crds` returns the file that has a group's CRDs, None where there is none. Strict: a field that the schema does not
    name is wrong, where a cluster would drop it without a word.
    """

    def __init__(self, version: str, crds: Callable[[str], Path | None] = lambda _: None) -> None:
        self._version, self._crds = version, cache(crds)
        self._parsed: dict[tuple[Path, str, str], dict[str, Body]] = {}

    def complaints(self, found: Body) -> list[tuple[str, str]] | None:
        """Return what is wrong with an object, as field and words; None when no schema of its kind is here."""
        group, _, version = text(found, "apiVersion").rpartition("/")
        kind = text(found, "kind")
        if (group, version, kind) in self._kinds:
            schema: Body | None = {"$ref": f"{_URI}#/$defs/{self._kinds[group, version, kind]}"}
            where = ""
        elif group in {known for known, _, _ in self._kinds}:
            schema, where = None, f"Kubernetes {self._version}"
        elif (file := self._crds(group)) is None:
            return None
        else:
            schema, where = self._custom(file, group, kind).get(version), f"the CRDs of {group}"
        if schema is None:
            return [("apiVersion", f"there is no {kind} of {text(found, 'apiVersion')} in {where}")]
        errors = Draft202012Validator(schema, registry=self._registry).iter_errors(found)
        return sorted((field(error.absolute_path) or "(object)", _short(error.message)) for error in errors)

    @cached_property
    def _definitions(self) -> Body:
        folder = resources.files("kubernetes_validate") / "kubernetes-json-schema"
        file = folder / f"v{self._version}.0-local-strict" / "_definitions.json"
        if not file.is_file():
            fix = "take a release of kubernetes-validate that has them (pyproject.toml)"
            raise UsageError(f"there are no schemas of Kubernetes {self._version}", fix=fix)
        found: Body = json.loads(file.read_text())
        return found

    @cached_property
    def _registry(self) -> Registry[Any]:
        found: Registry[Any] = Registry().with_resource(_URI, Resource.from_contents(self._definitions))
        return found

    @cached_property
    def _kinds(self) -> dict[_Kind, str]:
        """Every kind of Kubernetes itself, and what its schema is called."""
        return {
            (known["group"], known["version"], known["kind"]): name
            for name, schema in self._definitions["$defs"].items()
            for known in schema.get("x-kubernetes-group-version-kind", [])
        }

    def _custom(self, file: Path, group: str, kind: str) -> dict[str, Body]:
        """Return the schemas of a custom resource by version; there are none when the file has no such CRD."""
        key = file, group, kind
        if key not in self._parsed:
            crds = (parse(part) for part in _definitions_in(file).get((group, kind), ()))
            self._parsed[key] = {
                text(version, "name"): {
                    **strict(body(version, "schema", "openAPIV3Schema")),
                    "$id": f"{_URI}/{text(crd, 'metadata', 'name')}",
                }
                for crd in crds
                for version in bodies(crd, "spec", "versions")
                if version.get("served") is not False
            }
        return self._parsed[key]


@cache
def _definitions_in(file: Path) -> dict[tuple[str, str], list[str]]:
    """Return the CRDs of a file, unparsed, by group and kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for part in documents(file.read_text()):
        group, kind = _GROUP.search(part), _NAME.search(part)
        if "kind: CustomResourceDefinition" in part and group and kind:
            found.setdefault((group[1], kind[1]), []).append(part)
    return found


def strict(schema: Body, *, top: bool = True) -> Body:
    """Return a CRD's schema as a JSON Schema that refuses what it does not name."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    made = {word: schema[word] for word in _ALIKE if word in schema}
    if schema.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if "items" in schema:
        made["items"] = strict(schema["items"], top=False)
    if isinstance(more := schema.get("additionalProperties"), dict):
        made["additionalProperties"] = strict(more, top=False)
    if "properties" in schema:
        made["properties"] = {name: strict(below, top=False) for name, below in schema["properties"].items()}
        if "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
        if top:
            made["properties"] = {"apiVersion": {}, "kind": {}} | made["properties"] | {"metadata": _METADATA}
    return made


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
