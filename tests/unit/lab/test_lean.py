"""Lean definitions say the same to the API server of what the lab makes: the same fields, defaults and checks."""

import json
from typing import Any

import yaml

from lab.tools.lean import APPLIED, lean
from lab.tools.rendered import parse

SCHEMA: dict[str, Any] = {
    "description": "A thing.",
    "type": "object",
    "required": ["description"],
    "properties": {
        "description": {"type": "string", "description": "A field of that name stays."},
        "properties": {"type": "object", "properties": {"description": {"type": "integer"}}},
        "rows": {
            "type": "array",
            "items": {"type": "object", "description": "One.", "x-kubernetes-map-type": "atomic"},
        },
        "either": {"anyOf": [{"type": "integer"}, {"description": "Or so.", "type": "string"}]},
        "more": {"additionalProperties": {"description": "Any.", "type": "string"}, "type": "object"},
        "given": {"default": {"description": "kept"}, "enum": [{"description": "kept"}], "type": "object"},
        "sign": {"enum": ["=", "!="], "type": "string"},
    },
}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {"group": "example.com", "versions": [{"name": "v1", "schema": {"openAPIV3Schema": SCHEMA}}]},
}
OTHER = "# said by hand\nkind: ConfigMap\ndata: {description: stays}\n"


def made(applied: str = "") -> dict[str, Any]:
    found: dict[str, Any] = parse(lean(yaml.safe_dump(CRD), applied))
    return found


def test_descriptions_go_and_nothing_else_does() -> None:
    schema = made()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema == {
        "type": "object",
        "required": ["description"],
        "properties": {
            "description": {"type": "string"},
            "properties": {"type": "object", "properties": {"description": {"type": "integer"}}},
            "rows": {"type": "array", "items": {"type": "object", "x-kubernetes-map-type": "atomic"}},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "more": {"additionalProperties": {"type": "string"}, "type": "object"},
            "given": {"default": {"description": "kept"}, "enum": [{"description": "kept"}], "type": "object"},
            "sign": {"enum": ["=", "!="], "type": "string"},
        },
    }


def test_what_was_applied_is_a_label_of_each_definition() -> None:
    assert made("0123abcd")["metadata"]["labels"] == {APPLIED: "0123abcd"}
    assert "labels" not in made()["metadata"]


def test_other_objects_of_the_stream_stay_as_they_are_written() -> None:
    first, last = lean(f"{OTHER}---\n{yaml.safe_dump(CRD)}").split("\n---\n")
    assert first == OTHER
    assert json.loads(last)["kind"] == "CustomResourceDefinition"


def test_a_kind_that_nothing_makes_may_be_any_object() -> None:
    version = {"name": "v1", "schema": {"openAPIV3Schema": SCHEMA}, "selectableFields": [{"jsonPath": ".sign"}]}
    unused = CRD | {"metadata": {"name": "scrapeconfigs.monitoring.coreos.com"}, "spec": {"versions": [version]}}
    found = parse(lean(yaml.safe_dump(unused)))["spec"]["versions"]
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    assert found == [{"name": "v1", "schema": schema}]
