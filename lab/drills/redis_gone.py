"""Redis is gone: it only saves work. Notifications go on by PostgreSQL's word, none is lost, none is sent twice."""

from collections.abc import Sequence

from lab.drills.base import Sign
from lab.drills.store_gone import StoreGone
from lab.tools.api import Api


class RedisGone(StoreGone):
    """No alert is meant to fire: no user notices."""

    name = "redis-gone"
    title = "Redis is gone"
    store = "redis"
    lasts = 60
    hints = ("No user notices.", "One service says that something it does not need is away.", "GET /health/ready")

    def signs(self) -> Sequence[Sign]:
        """notification-service is ready, and says what it lacks."""
        return [Sign("notification-service says so", self._degraded, within=60)]

    def _degraded(self) -> str:
        ready, reasons = Api.of(self.field.state, "notification").ready()
        return f"ready, {reasons}" if ready and "redis" in reasons else ""
