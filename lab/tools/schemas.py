"""JSON schemas of Kubernetes (kubernetes-validate's wheel brings them) and of custom resources (their CRDs)."""

import json
import re
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from lab.core.errors import UsageError
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

type _Kind = tuple[str, str, str]  # group, version, kind


class Schemas:
    """The strict schemas of one Kubernetes version, such as 1.34, and of the CRDs in the file `crds` if there is one.

    Strict: a field that the schema does not name is wrong, where a cluster would drop it without a word.
    """

    def __init__(self, version: str, crds: Path | None = None) -> None:
        self._version, self._crds = version, crds

    def complaints(self, found: Body) -> list[tuple[str, str]] | None:
        """Return what is wrong with an object, as field and words; None when no schema of its kind is here."""
        group, _, version = text(found, "apiVersion").rpartition("/")
        kind = (group, version, text(found, "kind"))
        if kind in self._kinds:
            schema: Body = {"$ref": f"{_URI}#/$defs/{self._kinds[kind]}"}
        elif kind in self._custom:
            schema = self._custom[kind]
        elif group in {known for known, _, _ in (*self._kinds, *self._custom)}:
            where = f"Kubernetes {self._version}" if group in {g for g, _, _ in self._kinds} else f"the CRDs of {group}"
            return [("apiVersion", f"there is no {kind[2]} of {text(found, 'apiVersion')} in {where}")]
        else:
            return None
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

    @cached_property
    def _custom(self) -> dict[_Kind, Body]:
        """Every kind that a CRD makes, and its schema."""
        if self._crds is None:
            return {}
        parts = re.split(r"^---\s*$", self._crds.read_text(), flags=re.MULTILINE)
        # Whole files of a release are large: only what matters is parsed.
        crds = [parse(part) for part in parts if "kind: CustomResourceDefinition" in part]
        return {
            (text(crd, "spec", "group"), text(version, "name"), text(crd, "spec", "names", "kind")): {
                **strict(body(version, "schema", "openAPIV3Schema")),
                "$id": f"{_URI}/{text(crd, 'metadata', 'name')}",
            }
            for crd in crds
            for version in bodies(crd, "spec", "versions")
        }


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
        if top and "metadata" in made["properties"]:
            made["properties"]["metadata"] = _METADATA
    return made


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
