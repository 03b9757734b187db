"""How objects are read and told apart, and that no shape of one upsets a check."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.checks.manifests.duplicates import duplicates
from lab.checks.manifests.problem import Problem
from lab.checks.manifests.references import namespaces, references
from lab.checks.manifests.registries import registries
from lab.checks.manifests.rules import rules
from lab.checks.manifests.selectors import selectors
from lab.core.errors import UsageError
from lab.tools.rendered import Origin, read
from tests.unit.lab.manifests import ORIGIN, deployment, made, told

KINDS = (
    "ValidatingPolicy",
    "Deployment",
    "CronJob",
    "Pod",
    "Service",
    "NetworkPolicy",
    "HorizontalPodAutoscaler",
    "Application",
    "Secret",
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["spec", "template", "containers", "name", "selector", "volumes", "secret", "env", "variables"]
            ),
            below,
        )
    ),
)


def test_a_problem_says_object_field_fault_remedy_and_rule_in_one_line() -> None:
    problem = Problem("replicas", deployment(), "spec.replicas", "an autoscaler owns it", "leave it out")
    assert str(problem) == "Deployment shop/cart: spec.replicas: an autoscaler owns it; leave it out [replicas]"


def test_objects_are_the_same_by_group_kind_namespace_and_name_whatever_their_version() -> None:
    ours, newer = made("Deployment", api="apps/v1"), made("Deployment", api="apps/v1beta1")
    elsewhere = made("Deployment", api="apps/v1", origin=Origin("cart", "gitops/cart", "data"))
    assert told(duplicates([ours, newer])) == {"duplicate"}
    assert told(duplicates([ours, elsewhere, made("Service"), made("Deployment", "basket", "apps/v1")])) == set()


def test_an_exception_to_a_policy_is_of_its_namespace_and_a_policy_of_the_cluster() -> None:
    api, homes = "policies.kyverno.io/v1", [Origin("policies", "gitops/policies", name) for name in ("shop", "data")]
    assert told(duplicates([made("PolicyException", api=api, origin=home) for home in homes])) == set()
    assert told(duplicates([made("ValidatingPolicy", api=api, origin=home) for home in homes])) == {"duplicate"}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KINDS), ANYTHING)
def test_no_shape_of_an_object_upsets_a_check(kind: str, spec: Any) -> None:
    objects = [made(kind, spec=spec), made(kind, "other", spec=spec), made(kind, "allowed-registries", spec=spec)]
    for check in (duplicates, namespaces, registries, rules, selectors, lambda found: references(found, {})):
        list(check(objects))


@pytest.mark.parametrize("content", ["- a\n- list\n", "words", "kind: Service\n", "a: [", "{kind: A, apiVersion: v1}"])
def test_what_is_no_object_is_refused_with_where_it_is(content: str) -> None:
    with pytest.raises(UsageError, match="gitops/cart"):
        list(read(content, ORIGIN))


def test_a_stream_is_read_document_by_document_without_the_empty_ones() -> None:
    text = "---\n# nothing\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\nx: |\n  ---\n  =\n"
    (found,) = read(text, ORIGIN)
    assert (str(found), found.body["x"]) == ("A shop/a", "---\n=\n")
