"""How two clusters' objects are told apart: by field, strictly, and in an order that never changes."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.checks.manifests.differences import ABSENT, Change, differences
from lab.core.errors import UsageError
from lab.flows.gitops import as_json, as_text
from lab.tools.rendered import Origin, Rendered
from tests.unit.lab.manifests import ORIGIN

PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
CONTENT = st.dictionaries(  # no name is as long as one that decides which object it is
    st.text(max_size=3),
    st.recursive(
        PLAIN,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def made(kind: str = "Deployment", name: str = "cart", application: str = "cart", **content: Any) -> Rendered:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **content}
    return Rendered(body, "", Origin(application, "gitops/cart", "shop"))


def changes(a: dict[str, Any], b: dict[str, Any]) -> list[Change]:
    return [change for found in differences([made(**a)], [made(**b)]) for change in found.changes]


@pytest.mark.parametrize(
    ("a", "b", "field"),
    [
        ({"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, "spec.replicas"),
        ({"spec": {"on": 1}}, {"spec": {"on": True}}, "spec.on"),
        ({"spec": {"on": 1}}, {"spec": {"on": "1"}}, "spec.on"),
        ({"spec": {"on": None}}, {"spec": {}}, "spec.on"),
        ({"spec": {"args": ["a", "b"]}}, {"spec": {"args": ["b", "a"]}}, "spec.args"),
        ({"spec": {"a.b/c": 1}}, {"spec": {"a.b/c": 2}}, 'spec["a.b/c"]'),
        ({"spec": {"args": [True]}}, {"spec": {"args": [1]}}, "spec.args"),
        ({"application": "cart"}, {"application": "carts"}, "madeBy"),
    ],
)
def test_one_field_is_one_change(a: dict[str, Any], b: dict[str, Any], field: str) -> None:
    assert [change.field for change in changes(a, b)] == [field]


def test_items_of_a_list_are_compared_by_name_wherever_they_stand() -> None:
    a = {"spec": {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}}
    b = {"spec": {"env": [{"name": "C", "value": "0"}, {"name": "A", "value": "9"}, {"name": "B", "value": "2"}]}}
    assert changes(a, b) == [
        Change("spec.env[A].value", "1", "9"),
        Change("spec.env[C]", ABSENT, {"name": "C", "value": "0"}),
    ]


def test_another_order_of_the_same_items_is_a_difference() -> None:
    first, second = {"name": "first"}, {"name": "second"}
    a, b = {"spec": {"initContainers": [first, second]}}, {"spec": {"initContainers": [second, first]}}
    assert changes(a, b) == [Change("spec.initContainers(order)", ["first", "second"], ["second", "first"])]


def test_an_object_of_one_side_alone_is_named_and_all_is_sorted() -> None:
    found = differences([made(name="b"), made("Service", "a")], [made(name="b", spec={}), made(name="a")])
    assert as_text(found, "local", "dev").splitlines() == [
        "Deployment shop/a: only in dev",
        "Deployment shop/b:",
        "  spec: (absent) -> {}",
        "Service shop/a: only in local",
    ]


def test_json_lacks_what_a_side_lacks() -> None:
    text = as_json(differences([made(x=None)], [made()]), "local", "dev")
    assert '"changes": [\n        {\n          "field": "x",\n          "a": null\n        }' in text


def test_another_hash_in_a_generated_name_is_no_difference() -> None:
    def side(digest: str, value: str) -> list[Rendered]:
        settings = made("ConfigMap", f"cart-{digest}", data={"A": value})
        return [settings, made(spec={"configMap": {"name": f"cart-{digest}"}})]

    (found,) = differences(side("tfbf55f862", "1"), side("bcdfghkmt2", "2"))
    assert (found.name, found.changes) == ("ConfigMap shop/cart", (Change("data.A", "1", "2"),))


def test_a_name_that_only_looks_generated_stays_when_its_short_form_is_taken() -> None:
    objects = [made("ConfigMap", "cart"), made("ConfigMap", "cart-tfbf55f862")]
    assert [found.name for found in differences(objects, [])] == [
        "ConfigMap shop/cart",
        "ConfigMap shop/cart-tfbf55f862",
    ]


def test_an_object_that_a_cluster_makes_twice_can_not_be_compared() -> None:
    with pytest.raises(UsageError, match="Deployment shop/cart is made twice"):
        differences([made(), made()], [])


@given(CONTENT)
def test_nothing_differs_from_itself(content: dict[str, Any]) -> None:
    assert differences([Rendered(content, "", ORIGIN)], [Rendered(content, "", ORIGIN)]) == []


@given(CONTENT, CONTENT)
@example({"a": [None]}, {"a": [{}]})
def test_whatever_is_not_the_same_differs_and_from_the_other_side_alike(a: dict[str, Any], b: dict[str, Any]) -> None:
    one, other = ([Rendered({**content, "kind": "Cart"}, "", ORIGIN)] for content in (a, b))
    there, back = differences(one, other), differences(other, one)
    assert (there == []) is (json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True))
    turned = [[Change(change.field, change.b, change.a) for change in found.changes] for found in back]
    assert [list(found.changes) for found in there] == turned
