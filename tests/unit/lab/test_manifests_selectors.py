"""What selectors select, and which of them must select something."""

from typing import Any

import pytest

from lab.checks.manifests.pods import selected
from lab.checks.manifests.selectors import selectors
from tests.unit.lab.manifests import deployment, made, told


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        ({"matchLabels": {"app": "cart"}}, True),
        ({"matchLabels": {"app": "cart", "tier": "web"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["cart", "other"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["cart"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Perhaps"}]}, False),
    ],
)
def test_a_selector_selects_as_kubernetes_does(selector: dict[str, Any], matches: bool) -> None:
    assert selected(selector, {"app": "cart"}) is matches


def test_selectors_look_at_pods_of_their_own_namespace_and_leave_the_others_be() -> None:
    nowhere = {"matchLabels": {"app": "basket"}}
    far = [{"to": [{"podSelector": nowhere, "namespaceSelector": {}}]}]
    api = "networking.k8s.io/v1"
    assert told(selectors([deployment(), made("NetworkPolicy", api=api, spec={"podSelector": nowhere})])) == {
        "policy-selector"
    }
    assert told(selectors([deployment(), made("NetworkPolicy", api=api, spec={"egress": far})])) == set()
    assert told(selectors([made("Service", spec={"type": "ExternalName"})])) == set()
