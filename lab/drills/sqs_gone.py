"""SQS is away: orders are accepted and wait in the outbox. It costs delay, never an order."""

from collections.abc import Sequence

from lab.drills.base import Drill, Page, Sign
from lab.tools import containers, localstack


class SqsGone(Drill):
    """LocalStack's container is paused: connections are taken, and nobody answers."""

    name = "sqs-gone"
    title = "SQS does not answer"
    pages = (Page("OutboxAge", within=240, clears=240),)
    recovers = 240
    hints = (
        "Orders are accepted, and nobody is notified.",
        "Where do events wait?",
        "Which of order-service's dependencies is not AWS' own?",
    )

    def fault(self) -> None:
        """Pause it."""
        containers.pause(self._container)

    def effect(self) -> str:
        """Tell that it does not answer."""
        words = localstack.answers(self.field.state.aws)
        return f"LocalStack: {words}" if words else ""

    def signs(self) -> Sequence[Sign]:
        """Events wait."""
        return [Sign("events wait in the outbox", self._waiting, within=120)]

    def _waiting(self) -> str:
        age = self.field.value("max(outbox_oldest_age_seconds)") or 0.0
        return f"the oldest for {age:.0f} s" if age > 10 else ""  # noqa: PLR2004 - seconds; it is below 2 otherwise

    def rollback(self) -> None:
        """Let it go on."""
        containers.go_on(self._container)

    def steady(self) -> str:
        """Say so while it does not answer."""
        return self.effect()

    @property
    def _container(self) -> str:
        return f"{self.field.state.name}-localstack"
