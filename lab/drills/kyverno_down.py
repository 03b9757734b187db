"""The admission webhook hangs: it must not lock the cluster. Pods still get in, unchecked, and services go on.

The kubelet ends a program that does not answer its probes, so it heals by itself after a minute or so.
"""

from lab.drills.base import Drill
from lab.drills.processes import freeze, thaw

_PROGRAM = "caSecretNam[e]"  # an option that only Kyverno's admission controller has
_RUN = ("run", "drill-kyverno-down", "--image", "docker.io/library/postgres:latest", "--namespace", "default")


class KyvernoDown(Drill):
    """Its process is stopped, not ended: the webhooks are there, and run into their time limits."""

    name = "kyverno-down"
    title = "Kyverno's webhook hangs"
    takes = 90
    lasts = 30
    recovers = 180
    hints = (
        "Users notice nothing; whoever creates pods waits long.",
        "Create a pod against the policies with --dry-run=server.",
        "Is the admission controller well?",
    )

    def fault(self) -> None:
        """Freeze it."""
        freeze(self.field, _PROGRAM)

    def effect(self) -> str:
        """Tell that a pod against the policies would be let in."""
        done = self.field.kubectl.run(*_RUN, "--dry-run=server", check=False)
        return f"let in: {done.stdout.strip()}" if done.code == 0 else ""

    def rollback(self) -> None:
        """Let it go on."""
        thaw(self.field, _PROGRAM)

    def steady(self) -> str:
        """Say so while such a pod would be let in."""
        return "Kyverno lets everything through" if self.effect() else ""
