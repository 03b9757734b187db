"""The project's own NodePool with what KWOK can't know put in words that it can, and a list of what that changed."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from lab.checks.node_types import Family, allowed, of_ec2
from lab.core.errors import UsageError
from lab.tools.fields import Body, bodies, body, text
from lab.tools.rendered import Rendered

FAMILY = "karpenter.kwok.sh/instance-family"
_CLASS = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}
NODE_CLASS: Body = {
    "apiVersion": "karpenter.kwok.sh/v1alpha1",
    "kind": "KWOKNodeClass",
    "metadata": {"name": _CLASS["name"]},
    "spec": {},
}


@dataclass(frozen=True)
class Pool:
    """A NodePool as it is applied; `changed` says what of it is not as in the tree."""

    body: Body
    changed: tuple[str, ...]

    @property
    def name(self) -> str:
        return text(self.body, "metadata", "name")

    @property
    def cpus(self) -> float:
        """The CPUs that it may bring at most."""
        return float(body(self.body, "spec", "limits")["cpu"])


def simulated(objects: Sequence[Rendered], known: Sequence[Family]) -> Pool:
    """Return the tree's one NodePool for KWOK. Raises UsageError when there is not one, or it can't be told."""
    pools = [found for found in objects if found.kind == "NodePool"]
    if len(pools) != 1:
        raise UsageError(
            f"{len(pools)} NodePools are in the tree, one is rehearsed", fix="see gitops/platform/karpenter"
        )
    made: Body = deepcopy(pools[0].body)
    spec = made["spec"]["template"]["spec"]
    was, ours = spec["nodeClassRef"], of_ec2(made)
    names = allowed(ours, known)
    spec["nodeClassRef"] = _CLASS
    changed = [f"nodeClassRef: {was['kind']} {was['name']} -> {_CLASS['kind']}: no image, subnet, role or disk"]
    if ours:
        rest = [requirement for requirement in bodies(spec, "requirements") if requirement not in ours]
        spec["requirements"] = [*rest, {"key": FAMILY, "operator": "In", "values": names}]
        asked = "; ".join(f"{r['key'].rpartition('/')[2]} {r['operator']} {', '.join(r['values'])}" for r in ours)
        changed.append(f"{asked} -> instance-family In {', '.join(names)}: the same choice, by a label that KWOK has")
    return Pool(made, tuple(changed))
