"""A database's password is changed all the way, from Secrets Manager into the pods, while everybody works.

There are two users in turn, so at every moment whatever the pods hold is good: not one request may fail.
"""

from collections.abc import Sequence

from lab.checks.prober import Prober
from lab.core.errors import CheckError
from lab.core.state import SERVICES
from lab.drills.base import Drill, Sign
from lab.stages.rotation_database import DatabaseRotation


class SecretRotation(Drill):
    """The password of a service's database; beside the load, one request after the other asks that service."""

    name = "secret-rotation"
    title = "A database password is rotated"
    targets = SERVICES
    heals = True
    takes = 420  # the rotation is a part of it
    recovers = 540  # from the fault: the rotation, and the steady state after it
    hints = (
        "Nobody notices anything; that is how it should be.",
        "One service's pods are younger than the others.",
        "Who is connected to its database?",
    )

    def prepare(self) -> None:
        """Learn which of the two users is in use."""
        self._rotation = DatabaseRotation(self.field.paths, self.field.state, self.target)

    def fault(self) -> None:
        """Rotate. Raises CheckError where a request failed meanwhile."""
        with Prober(self._rotation.refused) as prober:
            for _, do in self._rotation.moments():
                do()
        if prober.failures:
            why = "; ".join(f"{count} times {reason}" for reason, count in prober.failures.items())
            raise CheckError(f"{prober.failures.total()} of {prober.sent} requests failed meanwhile", why=why)

    def effect(self) -> str:
        """Tell whom Secrets Manager names now."""
        user, before = self._rotation.stored()["username"], self._rotation.before
        return f"Secrets Manager names {user}, {before} before" if user != before else ""

    def signs(self) -> Sequence[Sign]:
        """The database knows the new user alone."""
        return [Sign("the database is asked by the new user alone", self._used, within=420)]

    def _used(self) -> str:
        users, after = self._rotation.users(), self._rotation.after
        return f"asked by {after}" if after in users and self._rotation.before not in users else ""
