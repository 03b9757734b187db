"""The network between two services is cut: each is well, and one can't ask the other.

order-service can't learn whether a user exists, so it refuses orders of users it has not seen lately, with 503 and
Retry-After; it accepts none it could lose. NetworkPolicies are not enforced by every lab's network, iptables on the
nodes is: a chain of its own, at the top of what is forwarded.
"""

import re
from itertools import product

from lab.drills.base import Drill, Page

_CHAIN = "LAB-CHAOS"


class Partition(Drill):
    """Packets from order-service's pods to user-service's are dropped, on each node."""

    name = "partition"
    title = "order-service can't reach user-service"
    pages = (
        Page("HighErrorRate", {"service": "order"}, within=240),
        Page("AvailabilityBudgetBurn", {"service": "order", "burn_rate": "14.4"}, within=240),
    )
    may_fail = 0.7
    hints = (
        "Every pod is ready, and orders fail.",
        "Reading orders works. What does placing one need?",
        "A trace of a failed order ends at a call to another service.",
    )

    def fault(self) -> None:
        """Drop what goes from one service's pods to the other's."""
        pairs = list(product(self._addresses("order"), self._addresses("user")))
        for node in self.field.nodes():
            self._iptables(node, "--new-chain", _CHAIN)
            for source, target in pairs:
                self._iptables(node, "--append", _CHAIN, "--source", source, "--destination", target, "--jump", "DROP")
            self._iptables(node, "--insert", "FORWARD", "1", "--jump", _CHAIN)

    def effect(self) -> str:
        """Tell how many packets were dropped."""
        dropped = sum(self._dropped(node) for node in self.field.nodes())
        return f"{dropped} packets dropped" if dropped else ""

    def rollback(self) -> None:
        """Take the chain out, on each node."""
        for node in self.field.nodes():
            if self.field.on_node(node, "iptables", "--wait", "--list", _CHAIN, "--numeric", check=False).code == 0:
                self._iptables(node, "--delete", "FORWARD", "--jump", _CHAIN, check=False)
                self._iptables(node, "--flush", _CHAIN)
                self._iptables(node, "--delete-chain", _CHAIN)

    def _addresses(self, service: str) -> list[str]:
        found = (pod["status"].get("podIP", "") for pod in self.field.pods(f"{service}-service"))
        return [address for address in found if address]

    def _dropped(self, node: str) -> int:
        words = ("iptables", "--wait", "--list", _CHAIN, "--numeric", "--verbose", "--exact")
        done = self.field.on_node(node, *words, check=False)
        return sum(int(count) for count in re.findall(r"^\s*(\d+)\s+\d+\s+DROP", done.stdout, re.MULTILINE))

    def _iptables(self, node: str, *words: str, check: bool = True) -> None:
        self.field.on_node(node, "iptables", "--wait", *words, check=check)
