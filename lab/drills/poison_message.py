"""A message that can't be handled: it fails three times, lies in the DLQ, and is redriven once its cause is mended.

The cause is a bad migration: a rule of the table refuses notifications of one user. Others are notified meanwhile.
"""

from lab.core.wait import wait
from lab.drills.base import Drill, Page
from lab.drills.field import SHOP
from lab.tools import localstack
from lab.tools.api import Api
from lab.tools.postgres_admin import Admin

_RULE = "drill_poison"
_BREAK = "ALTER TABLE notifications ADD CONSTRAINT {rule} CHECK (user_id <> '{user}') NOT VALID"
_MEND = "ALTER TABLE notifications DROP CONSTRAINT IF EXISTS {rule}"
_REDRIVE = (
    "deployment/notification-service",
    "--container",
    "service",
    "--",
    "/usr/bin/python3",
    "-m",
    "services.notification",
    "redrive",
)


class PoisonMessage(Drill):
    """One user's order; its event goes the whole way, twice."""

    name = "poison-message"
    title = "A message can't be handled"
    pages = (Page("DlqNotEmpty", within=240, clears=240),)
    takes = 120
    hints = (
        "One user says that no notification came.",
        "Where do messages go that fail three times?",
        "What does notification-service log when it rejects one?",
    )

    def prepare(self) -> None:
        """Have a user whom nobody else orders for."""
        self._user = Api.of(self.field.state, "user").create_user()
        self._order = ""

    def fault(self) -> None:
        """Add the rule, place the order."""
        self._sql(_BREAK.format(rule=_RULE, user=self._user))
        self._order = Api.of(self.field.state, "order").create_order(self._user)

    def effect(self) -> str:
        """Tell that the order's event is in the DLQ."""
        bodies = localstack.messages(self.field.state.aws, "order-dlq")
        found = [body for body in bodies if self._order and self._order in body]
        return f"the event of order {self._order} is in order-dlq" if found else ""

    def rollback(self) -> None:
        """Drop the rule; redrive what lies in the DLQ, should anything."""
        self._sql(_MEND.format(rule=_RULE))
        if self._in_dlq():
            self.field.kubectl.run("exec", "--namespace", SHOP, *_REDRIVE, timeout=60)
            wait(
                "redrive", self._in_dlq, lambda count: count == 0, explain=lambda count: f"{count} in the DLQ", delay=1
            )

    def steady(self) -> str:
        """Say so while the DLQ is not empty."""
        count = self._in_dlq()
        return f"{count} messages are in order-dlq" if count else ""

    def _in_dlq(self) -> int:
        return len(localstack.messages(self.field.state.aws, "order-dlq"))

    def _sql(self, text: str) -> None:
        Admin.in_pod(self.field.paths.kubeconfig).sql("notifications", text)
