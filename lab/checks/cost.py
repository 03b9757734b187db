"""What an environment costs a month, estimated from what is planned and a dated list of prices."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from lab.checks.plans import Resource
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT

_FILE = CHECKOUT / "terraform" / "prices.toml"


class Prices(BaseModel):
    """Prices in `currency`: by the hour, the month, the gigabyte and month, and by size and hour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dated: str
    region: str
    currency: str
    hours: float
    hourly: dict[str, float]
    monthly: dict[str, float]
    gigabyte_month: dict[str, float]
    node: dict[str, float]
    spot: float  # a spot node's share of that
    database: dict[str, float]
    cache: dict[str, float]
    elsewhere: str = ""  # the region that is asked for, where the prices are of another

    @property
    def note(self) -> str:
        """What to know of every figure made with them."""
        where = f", for want of those of {self.elsewhere}" if self.elsewhere else ""
        return f"an estimate: list prices of {self.dated} in {self.region}{where}; https://calculator.aws knows today's"


class Cost(BaseModel):
    """One kind of thing: how many, of which size, and what all of them cost a month; None: the price is not known."""

    model_config = ConfigDict(frozen=True)

    what: str
    count: int
    size: str
    monthly: float | None


def load_prices(region: str, file: Path = _FILE) -> Prices:
    """Read the prices. Raises UsageError for a file that is not as it should be."""
    try:
        prices = Prices.model_validate(tomllib.loads(file.read_text()))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise UsageError(f"{file} can't be read", why=str(error), fix="correct it, or git checkout it") from error
    return prices if region == prices.region else prices.model_copy(update={"elsewhere": region})


def total(costs: Iterable[Cost]) -> float:
    """Return what all of it costs a month, as far as prices are known."""
    return sum(cost.monthly or 0 for cost in costs)


def estimate(resources: Sequence[Resource], prices: Prices) -> list[Cost]:
    """Return what stands there all month long, dearest first; what is paid by use is not in it."""
    zones = len({r.values.get("availability_zone") for r in resources if r.type == "aws_subnet"})
    templates = [r for r in resources if r.type == "aws_launch_template"]
    disk = sum(_disk(template) for template in templates)
    rules: dict[str, Callable[[Resource], Cost]] = {
        "aws_eks_cluster": lambda _: _hourly("EKS control plane", prices, prices.hourly["cluster"]),
        "aws_eks_node_group": partial(_nodes, prices, disk),
        "aws_nat_gateway": lambda _: _hourly("NAT gateway", prices, prices.hourly["nat_gateway"]),
        "aws_eip": lambda _: _hourly("public IPv4 address", prices, prices.hourly["public_address"]),
        "aws_vpc_endpoint": partial(_endpoint, prices, zones),
        "aws_db_instance": partial(_database, prices),
        "aws_elasticache_replication_group": partial(_cache, prices),
        "aws_kms_key": lambda _: Cost(what="KMS key", count=1, size="", monthly=prices.monthly["key"]),
        "aws_secretsmanager_secret": lambda _: Cost(what="secret", count=1, size="", monthly=prices.monthly["secret"]),
    }
    return _summed(rules[resource.type](resource) for resource in resources if resource.type in rules)


def _summed(costs: Iterable[Cost]) -> list[Cost]:
    """Return one line for each kind and size; what costs nothing is left out."""
    lines: dict[tuple[str, str], Cost] = {}
    for cost in costs:
        known = lines.get((cost.what, cost.size))
        both = None if cost.monthly is None else (known.monthly or 0 if known else 0) + cost.monthly
        count = cost.count + (known.count if known else 0)
        lines[cost.what, cost.size] = Cost(what=cost.what, count=count, size=cost.size, monthly=both)
    found = [line for line in lines.values() if line.monthly != 0]
    return sorted(found, key=lambda line: (line.monthly is not None, -(line.monthly or 0), line.what))


def _hourly(what: str, prices: Prices, price: float | None, count: int = 1, size: str = "") -> Cost:
    return Cost(what=what, count=count, size=size, monthly=None if price is None else price * prices.hours * count)


def _nodes(prices: Prices, disk: float, group: Resource) -> Cost:
    count = int(group.values["scaling_config"][0]["desired_size"])
    size = group.values["instance_types"][0]
    cost = _hourly("EKS node, with its disk", prices, prices.node.get(size), count, size)
    more = disk * prices.gigabyte_month["node_disk"] * count
    return cost if cost.monthly is None else cost.model_copy(update={"monthly": cost.monthly + more})


def _disk(template: Resource) -> float:
    """Return the gigabytes of a node's disks."""
    return sum(float(mapping["ebs"][0]["volume_size"]) for mapping in template.values["block_device_mappings"])


def _endpoint(prices: Prices, zones: int, endpoint: Resource) -> Cost:
    interface = endpoint.values["vpc_endpoint_type"] == "Interface"  # a gateway endpoint costs nothing
    return _hourly("interface endpoint in a zone", prices, prices.hourly["endpoint_in_a_zone"], zones * interface)


def _database(prices: Prices, database: Resource) -> Cost:
    size, count = database.values["instance_class"], 2 if database.values["multi_az"] else 1
    cost = _hourly("PostgreSQL, with its disk", prices, prices.database.get(size), count, size)
    disk = database.values["allocated_storage"] * prices.gigabyte_month["database_disk"] * count
    return cost if cost.monthly is None else cost.model_copy(update={"monthly": cost.monthly + disk})


def _cache(prices: Prices, cache: Resource) -> Cost:
    size, count = cache.values["node_type"], cache.values["num_cache_clusters"]
    return _hourly("Valkey node", prices, prices.cache.get(size), count, size)
