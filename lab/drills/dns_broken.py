"""The cluster's name server is gone: whoever has a connection goes on, whoever needs a name does not."""

import re
from collections.abc import Sequence

from lab.core.wait import wait
from lab.drills.base import Drill, Sign
from lab.drills.field import DATA
from lab.stages import kind_waits

_SPACE, _NAME, _REPLICAS = "kube-system", "coredns", 2
_ASKED = "order-service.shop.svc.cluster.local"
_LOOKUP = ("exec", "--namespace", DATA, "postgres-0", "--", "timeout", "8", "getent", "hosts", _ASKED)


class DnsBroken(Drill):
    """CoreDNS is scaled to none."""

    name = "dns-broken"
    title = "The cluster's DNS is gone"
    may_fail = 0.9
    lasts = 45
    recovers = 240
    hints = ("What was connected goes on for a while.", "New connections fail.", "Can a pod resolve a Service's name?")

    def fault(self) -> None:
        """Scale it to none."""
        self.field.scale("deployment", _NAME, _SPACE, 0)

    def effect(self) -> str:
        """Tell that no pod of it is there."""
        return "" if self.field.available(_NAME, _SPACE) else "CoreDNS has no pod"

    def signs(self) -> Sequence[Sign]:
        """What a pod gets that asks for a name."""
        return [Sign("a name can't be resolved", self._unresolved, within=90)]

    def _unresolved(self) -> str:
        done = self.field.kubectl.run(*_LOOKUP, check=False)
        return "order-service.shop has no address in a pod" if re.search(r"exit code (2|124)", done.stderr) else ""

    def rollback(self) -> None:
        """Scale it back; then have Argo CD look, which could not ask what should be meanwhile."""
        if self.field.scaled_back(_NAME, _SPACE, _REPLICAS):
            kind_waits.workload(self.field.cluster, _SPACE, "Deployment", _NAME)
            wait("DNS", self._unresolved, lambda words: not words, delay=1, timeout=60)
            self.field.gitops.refresh()

    def steady(self) -> str:
        """Say so while a name can't be resolved."""
        return self._unresolved() or self.effect()
