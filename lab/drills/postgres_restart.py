"""PostgreSQL's machine restarts: requests fail for some seconds, in bounded time, and everything goes on by itself."""

from lab.drills.base import Drill
from lab.drills.field import DATA


class PostgresRestart(Drill):
    """Its pod is deleted; a new one takes the volume over."""

    name = "postgres-restart"
    title = "PostgreSQL restarts"
    heals = True
    may_fail = 0.9
    recovers = 180
    hints = ("It was over in a minute.", "Which pod is younger than the others?")

    def prepare(self) -> None:
        """Remember which pod it is."""
        self._uid = self._now()

    def fault(self) -> None:
        """Delete it."""
        self.field.kubectl.run("delete", "pod", "postgres-0", "--namespace", DATA, "--wait=false")

    def effect(self) -> str:
        """Tell that another one takes its place."""
        uid = self._now()
        return f"postgres-0 is another pod than {self._uid[:8]}" if uid and uid != self._uid else ""

    def _now(self) -> str:
        return next((str(pod["metadata"]["uid"]) for pod in self.field.pods("postgres", DATA)), "")
