"""Nothing is broken. Under load for a while nothing but the heartbeat may fire, or no alert is to be trusted."""

from lab.drills.base import Drill


class Quiet(Drill):
    """Always run dry."""

    name = "quiet"
    title = "Nothing is broken"

    def fault(self) -> None:
        """Break nothing."""

    def effect(self) -> str:
        """See nothing."""
        return ""
