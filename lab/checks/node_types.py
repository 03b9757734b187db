"""The instance types that a simulation offers to Karpenter, and which of them the pool's own words allow."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from lab.checks.cost import Prices
from lab.core.errors import UsageError
from lab.tools.fields import Body, bodies, text

CATEGORY, GENERATION = "karpenter.k8s.aws/instance-category", "karpenter.k8s.aws/instance-generation"
_SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}  # CPUs
_MEMORY = {"c": 2, "m": 4, "r": 8, "t": 4}  # GiB for each CPU, by category
_BURSTABLE = 8  # CPUs of the largest t
_NAME = re.compile(r"([a-z])(\d)([a-z]*)\.large")


@dataclass(frozen=True)
class Family:
    """Sizes of one kind, such as m7i. `price`: what the size large costs an hour, on demand."""

    name: str
    category: str
    generation: int
    arm: bool
    price: float


def families(prices: Prices) -> list[Family]:
    """Return the families whose price is known, each by that of its size large."""
    found = ((name, _NAME.fullmatch(name), price) for name, price in prices.node.items())
    return [
        Family(name.removesuffix(".large"), match[1], int(match[2]), "g" in match[3], price)
        for name, match, price in found
        if match is not None and match[1] in _MEMORY
    ]


def instance_types(prices: Prices) -> list[Body]:
    """Return every size of every family in three zones, on demand and as spot, as Karpenter's KWOK provider reads them.

    A size costs by its CPUs what the size large costs, as EC2's list prices do; spot is the share that `prices` assume.
    """
    zones = [f"{prices.region}{zone}" for zone in "abc"]
    return [
        {
            "name": f"{family.name}.{size}",
            "architecture": "arm64" if family.arm else "amd64",
            "operatingSystems": ["linux"],
            "resources": {
                "cpu": str(cpus),
                "memory": f"{cpus * _MEMORY[family.category]}Gi",
                "pods": "110",
                "ephemeral-storage": "40Gi",
            },
            "offerings": [
                {
                    "Price": round(family.price * cpus / _SIZES["large"] * share, 5),
                    "Available": True,
                    "Requirements": [
                        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": [capacity]},
                        {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]},
                    ],
                }
                for zone, (capacity, share) in product(zones, (("spot", prices.spot), ("on-demand", 1)))
            ],
        }
        for family, (size, cpus) in product(families(prices), _SIZES.items())
        if family.category != "t" or cpus <= _BURSTABLE
    ]


_OPERATORS: dict[tuple[str, str], Callable[[Family, list[str]], bool]] = {
    (CATEGORY, "In"): lambda family, values: family.category in values,
    (CATEGORY, "NotIn"): lambda family, values: family.category not in values,
    (GENERATION, "In"): lambda family, values: str(family.generation) in values,
    (GENERATION, "NotIn"): lambda family, values: str(family.generation) not in values,
    (GENERATION, "Gt"): lambda family, values: family.generation > int(values[0]),
    (GENERATION, "Lt"): lambda family, values: family.generation < int(values[0]),
}


def allowed(requirements: Sequence[Body], known: Sequence[Family]) -> list[str]:
    """Return the families that requirements on EC2's categories and generations allow.

    Raises UsageError for an operator that is not read here, and when no family is left.
    """
    left = list(known)
    for requirement in requirements:
        key, operator = text(requirement, "key"), text(requirement, "operator")
        keeps = _OPERATORS.get((key, operator))
        if keeps is None:
            raise UsageError(f"{key} {operator} is not understood here", fix="teach it to lab/checks/node_types.py")
        left = [family for family in left if keeps(family, requirement["values"])]
    if not left:
        raise UsageError("the pool allows no family whose price is known", fix="add one to terraform/prices.toml")
    return [family.name for family in left]


def of_ec2(pool: Body) -> list[Body]:
    """Return the pool's requirements on labels that only EC2's provider knows."""
    requirements = bodies(pool, "spec", "template", "spec", "requirements")
    return [requirement for requirement in requirements if text(requirement, "key").startswith("karpenter.k8s.aws/")]
