"""A new password for a service's database, by two users in turn: the old one stays good until the next rotation."""

from lab.checks.prober import answered
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages.host_programs import DATABASES
from lab.stages.rotation import Moments, Rotation
from lab.tools.postgres_admin import Admin

_PATHS = {"order": "/orders?limit=1", "user": "/users?limit=1", "notification": "/notifications?limit=1"}
# The second user is the first one as soon as it is in: what it makes belongs to both. Passwords come by stdin alone.
_ROLE = """
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') AS missing \\gset
\\if :missing
CREATE ROLE {user} LOGIN IN ROLE {owner};
ALTER ROLE {user} SET role = {owner};
\\endif
ALTER ROLE {user} PASSWORD '{password}';
"""
_USERS = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = '{database}' AND usename IS NOT NULL"


class DatabaseRotation(Rotation):
    """One rotation of a service's database password: the user that is not in use gets it, and is used from then on."""

    def __init__(self, paths: Paths, state: LabState, service: str) -> None:
        super().__init__(paths, state)
        self.secret, self.target = f"kubeflow-ops/{service}/database", ("shop", f"{service}-service")
        self._service, self._database = service, DATABASES[service]
        self._url = f"{state.url(service)}{_PATHS[service]}"
        self._admin = Admin.in_pod(paths.kubeconfig)
        self.before = self.stored()["username"]
        owner = self._database
        self.after = f"{owner}_2" if self.before == owner else owner

    def moments(self) -> Moments:
        told = {"username": self.after, "password": self.new}
        wanted = {"database_user": self.after, "database_password": self.new}
        cut_off = [("earlier rotation", self._end_earlier)] if self.after in self.users() else []
        return [
            *cut_off,
            ("database role", self._role),
            ("Secrets Manager", lambda: self.store(told)),
            ("External Secrets", lambda: self.synced(wanted)),
            ("pods", lambda: self.restarted(self._service)),
            ("proof", lambda: self._used(self.after, self.before)),
        ]

    def refused(self) -> str:
        return answered(self._url)

    def _end_earlier(self) -> None:
        """Pods that an interrupted rotation left with the other user go over to the stored one, as it would have."""
        stored = self.stored()
        self.synced({"database_user": stored["username"], "database_password": stored["password"]})
        self.restarted(self._service)
        self._used(self.before, self.after)

    def _role(self) -> None:
        """The other user, with the new password."""
        self._admin.sql(self._database, _ROLE.format(user=self.after, owner=self._database, password=self.new))

    def _used(self, user: str, other: str) -> None:
        """The database sees `user`, and `other` no more."""
        wait(
            self._database,
            self.users,
            lambda users: user in users and other not in users,
            explain=lambda users: f"asked by {', '.join(sorted(users)) or 'nobody'}",
            delay=1,
            timeout=90,
            fix=f"./inv lab.logs {self._service}",
        )

    def users(self) -> set[str]:
        """Return who is connected to the database."""
        return set(self._admin.sql(self._database, _USERS.format(database=self._database)).split())
