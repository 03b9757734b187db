"""The network between two services is cut: each is well, and one can't ask the other.

order-service can't learn whether a user exists, so it refuses orders of users it has not seen lately, with 503 and
Retry-After; it accepts none it could lose. NetworkPolicies are not enforced by every lab's network, iptables on the
nodes is: a chain of its own, at the top of what is forwarded.
"""

import re
from collections.abc import Sequence
from itertools import product
from uuid import uuid4

import httpx

from lab.drills.base import Drill, Page, Sign

_CHAIN = "LAB-CHAOS"
_MEND = f"""iptables --wait --list {_CHAIN} --numeric >/dev/null 2>&1 || exit 0
while iptables --wait --delete FORWARD --jump {_CHAIN} 2>/dev/null; do :; done
iptables --wait --flush {_CHAIN} && iptables --wait --delete-chain {_CHAIN}
"""


class Partition(Drill):
    """Packets from order-service's pods to user-service's are dropped, on each node."""

    name = "partition"
    title = "order-service can't reach user-service"
    pages = (Page("HighErrorRate", {"service": "order"}, within=240),)
    may_fail = 0.5
    hints = (
        "Every pod is ready, and orders fail.",
        "Reading orders works. What does placing one need?",
        "A trace of a failed order ends at a call to another service.",
    )

    def fault(self) -> None:
        """Drop what goes from one service's pods to the other's."""
        pairs = product(self._addresses("order"), self._addresses("user"))
        rules = [f"--append {_CHAIN} --source {source} --destination {to} --jump DROP" for source, to in pairs]
        commands = [f"--new-chain {_CHAIN}", *rules, f"--insert FORWARD 1 --jump {_CHAIN}"]
        script = "\n".join(["set -e", *(f"iptables --wait {words}" for words in commands)])
        for node in self.field.nodes():
            self.field.on_node(node, "sh", "-c", script)

    def effect(self) -> str:
        """Tell how many packets were dropped."""
        words = ("iptables", "--wait", "--list", _CHAIN, "--numeric", "--verbose", "--exact")
        count = sum(dropped(self.field.on_node(node, *words, check=False).stdout) for node in self.field.nodes())
        return f"{count} packets dropped" if count else ""

    def signs(self) -> Sequence[Sign]:
        """Who orders for the first time is told to come again; without the fault, that there is no such user."""
        return [Sign("an order of a user not seen before is refused for now", self._refused)]

    def _refused(self) -> str:
        order = {"user_id": str(uuid4()), "items": [{"sku": "drill", "quantity": 1, "unit_price": "1.00"}]}
        answer = self.field.order_service("POST", "/orders", order)
        if answer is None:
            return ""
        again = answer.headers.get("Retry-After")
        away = answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and again
        return f"503, to come again after {again} s" if away else ""

    def rollback(self) -> None:
        """Take the chain out, on each node. Raises CommandError for a node that can't be asked."""
        for node in self.field.nodes():
            self.field.on_node(node, "sh", "-c", _MEND)

    def _addresses(self, service: str) -> list[str]:
        found = (pod["status"].get("podIP", "") for pod in self.field.pods(f"{service}-service"))
        return [address for address in found if address]


def dropped(listing: str) -> int:
    """Return how many packets a chain's rules dropped, as `iptables --list --verbose --exact` counts them."""
    return sum(int(count) for count in re.findall(r"^\s*(\d+)\s+\d+\s+DROP\b", listing, re.MULTILINE))
