"""Selectors that select no pod: traffic that goes nowhere, a budget or a policy that guards nothing."""

from collections.abc import Iterator, Sequence

from lab.checks.manifests.pods import pods, selected
from lab.checks.manifests.problem import Problem, Rule
from lab.tools.fields import Body, bodies, body
from lab.tools.rendered import Rendered


def selectors(objects: Sequence[Rendered]) -> Iterator[Problem]:
    """Yield every selector of a Service, PodDisruptionBudget or NetworkPolicy that matches no pod template.

    An empty selector means every pod there is, so it is right without any; so is a peer of other namespaces.
    """
    templates = pods(objects)
    for found in objects:
        labels = [made.labels for made in templates if made.owner.namespace == found.namespace]
        for rule, field, selector in _selectors(found):
            if selector and not any(selected(selector, some) for some in labels):
                what = f"matches no pod template in {found.namespace}"
                yield Problem(rule, found, field, what, "write the labels that the pods have")


def _selectors(found: Rendered) -> Iterator[tuple[Rule, str, Body]]:
    spec = body(found.body, "spec")
    match found.kind:
        case "Service" if wanted := body(spec, "selector"):
            yield "service-selector", "spec.selector", {"matchLabels": wanted}
        case "PodDisruptionBudget":
            yield "budget-selector", "spec.selector", body(spec, "selector")
        case "NetworkPolicy":
            yield "policy-selector", "spec.podSelector", body(spec, "podSelector")
            for way, side in (("ingress", "from"), ("egress", "to")):
                for n, rule in enumerate(bodies(spec, way)):
                    for m, peer in enumerate(bodies(rule, side)):
                        if "namespaceSelector" not in peer:
                            field = f"spec.{way}[{n}].{side}[{m}].podSelector"
                            yield "policy-selector", field, body(peer, "podSelector")
        case _:
            return
