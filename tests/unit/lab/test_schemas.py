"""Schemas refuse what a cluster would drop without a word; a kind without one is never taken for right."""

from typing import Any

import pytest
import yaml

from lab.core.errors import UsageError
from lab.core.versions import load_lock
from lab.flows.manifests import kubernetes_version
from lab.tools.schemas import Schemas, strict

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "baskets.shop.example"},
    "spec": {
        "group": "shop.example",
        "names": {"kind": "Basket"},
        "versions": [
            {
                "name": "v1",
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "required": ["spec"],
                        "properties": {
                            "apiVersion": {"type": "string"},
                            "kind": {"type": "string"},
                            "metadata": {"type": "object"},
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "integer", "format": "int64"},
                                    "port": {"x-kubernetes-int-or-string": True},
                                    "note": {"type": "string", "nullable": True},
                                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                    "lids": {"type": "array", "items": {"type": "object", "properties": {"a": {}}}},
                                    "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                                },
                            },
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    """Those of the pinned Kubernetes, and of one CRD that stands in a file with other objects."""
    file = tmp_path_factory.mktemp("crds") / "install.yaml"
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}
    file.write_text(yaml.safe_dump_all([other, CRD]))
    return Schemas(kubernetes_version(), {"shop.example": file}.get)


def basket(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "shop.example/v1", "kind": "Basket", "metadata": {"name": "b"}, "spec": spec}


def test_the_version_is_that_of_the_pinned_node_image() -> None:
    assert load_lock().the_image("kindest/node").version.startswith(f"v{kubernetes_version()}.")


def test_a_version_that_has_no_schemas_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no schemas of Kubernetes 1\.99"):
        Schemas("1.99").complaints({"apiVersion": "v1", "kind": "Pod"})


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ({"spec": {"replicas": 1}}, "spec", "'replicas' was unexpected"),
        ({"spec": {"ports": [{"port": "80"}]}}, "spec.ports[0].port", "is not of type 'integer'"),
        ({"metadata": {"label": {}}}, "metadata", "'label' was unexpected"),
        ({"speck": {}}, "(object)", "'speck' was unexpected"),
    ],
)
def test_a_field_that_kubernetes_does_not_know_is_wrong(
    schemas: Schemas, content: dict[str, Any], field: str, words: str
) -> None:
    ((where, said),) = schemas.complaints({"apiVersion": "v1", "kind": "Service", **content}) or []
    assert where == field
    assert words in said


def test_every_fault_is_told_not_the_first_alone(schemas: Schemas) -> None:
    found = schemas.complaints({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"a": 1, "replicas": "x"}})
    assert [words for _, words in found or []] == [
        "'selector' is a required property",
        "'template' is a required property",
        "Additional properties are not allowed ('a' was unexpected)",
        "'x' is not of type 'integer', 'null'",
    ]


@pytest.mark.parametrize(
    ("api", "kind"), [("v1", "Servce"), ("apps/v1beta1", "Deployment"), ("shop.example/v1", "Bag")]
)
def test_a_kind_that_a_known_group_does_not_have_is_wrong(schemas: Schemas, api: str, kind: str) -> None:
    ((field, words),) = schemas.complaints({"apiVersion": api, "kind": kind}) or []
    assert (field, kind in words, api in words) == ("apiVersion", True, True)


def test_a_kind_of_a_group_that_nobody_described_is_not_known(schemas: Schemas) -> None:
    assert schemas.complaints({"apiVersion": "other.example/v1", "kind": "Thing"}) is None
    assert Schemas(kubernetes_version()).complaints(basket()) is None


@pytest.mark.parametrize(
    "spec",
    [
        {"size": 1},
        {"port": 80},
        {"port": "http"},
        {"note": None},
        {"free": {"a": 1}},
        {"tags": {"a": "b"}},
        {"lids": [{"a": 1}]},
    ],
)
def test_a_custom_resource_may_be_what_its_crd_says(schemas: Schemas, spec: dict[str, Any]) -> None:
    assert schemas.complaints(basket(**spec)) == []


@pytest.mark.parametrize(
    "spec", [{"sise": 1}, {"size": "1"}, {"port": {}}, {"size": None}, {"tags": {"a": 1}}, {"lids": [{"b": 1}]}]
)
def test_a_custom_resource_may_be_nothing_else(schemas: Schemas, spec: dict[str, Any]) -> None:
    assert len(schemas.complaints(basket(**spec)) or []) == 1


def test_a_custom_resources_metadata_is_held_to_kubernetes_own_schema(schemas: Schemas) -> None:
    assert schemas.complaints(basket() | {"metadata": {"labels": {"a": 1}}}) == [
        ("metadata.labels.a", "1 is not of type 'string', 'null'")
    ]


def test_a_complaint_is_short_whatever_it_quotes(schemas: Schemas) -> None:
    ((_, words),) = schemas.complaints(basket(size="x" * 1000)) or []
    assert len(words) < 250


def test_a_schema_without_properties_allows_any() -> None:
    assert strict({"type": "object"}) == {"type": "object"}
