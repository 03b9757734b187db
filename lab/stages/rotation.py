"""A new password for a service's database, by two users in turn: the old one stays good until the next rotation.

The user that is not in use gets the new password, then Secrets Manager tells of it, then External Secrets, then the
pods, one after the other. At every moment whatever the pods hold is good, so no request fails.
"""

import json
import secrets
import time
from base64 import b64decode

from lab.core.paths import Paths
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages import rotated
from lab.stages.host_programs import DATABASES
from lab.stages.kind_gitops import GitOps
from lab.tools.answers import expected
from lab.tools.cluster import Cluster
from lab.tools.kubectl import Kubectl
from lab.tools.localstack import session
from lab.tools.postgres_admin import Admin

_FIRST = "FIRST"  # the label of the version that Terraform made
_EXTERNAL = "/apis/external-secrets.io/v1/namespaces/shop/externalsecrets"
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


class Rotation:
    """One rotation of `service`'s database password; its methods are called in order."""

    def __init__(self, paths: Paths, state: LabState, gitops: GitOps, service: str) -> None:
        self._paths, self._gitops, self._service = paths, gitops, service
        self._cluster, self._kubectl = Cluster(paths.kubeconfig), Kubectl(paths.kubeconfig)
        self._admin = Admin.in_pod(paths.kubeconfig)
        self._manager = session().client("secretsmanager", endpoint_url=state.aws)
        self._database, self._secret = DATABASES[service], f"kubeflow-ops/{service}/database"
        self._password = secrets.token_hex(16)
        self.before = self._stored()["username"]
        owner = self._database
        self.after = f"{owner}_2" if self.before == owner else owner

    def _stored(self) -> dict[str, str]:
        with expected("LocalStack", "./inv lab.logs localstack"):
            answer = self._manager.get_secret_value(SecretId=self._secret)
        value: dict[str, str] = json.loads(answer["SecretString"])
        return value

    def role(self) -> None:
        """The other user, with the new password."""
        self._admin.sql(self._database, _ROLE.format(user=self.after, owner=self._database, password=self._password))

    def store(self) -> None:
        """The new value in Secrets Manager; the lab keeps it too, for a LocalStack that forgets.

        The version that Terraform made gets a label of its own: without any, Secrets Manager lets it go after the
        second rotation, and Terraform would make it again.
        """
        value = self._stored() | {"username": self.after, "password": self._password}
        rotated.keep(self._paths, self._secret, value)
        with expected("LocalStack", "./inv lab.logs localstack"):
            self._manager.put_secret_value(SecretId=self._secret, SecretString=json.dumps(value))
            stages = self._manager.describe_secret(SecretId=self._secret)["VersionIdsToStages"]
            if not any(_FIRST in names for names in stages.values()):
                first = next(version for version, names in stages.items() if "AWSPREVIOUS" in names)
                self._manager.update_secret_version_stage(
                    SecretId=self._secret, VersionStage=_FIRST, MoveToVersionId=first
                )

    def synced(self) -> None:
        """The Secret in the cluster, by External Secrets, which is asked to look now and not at its next interval."""
        name = f"{self._service}-service"
        now = {"metadata": {"annotations": {"force-sync": str(time.time_ns())}}}
        self._cluster.patch(f"{_EXTERNAL}/{name}", now)
        wait(
            name,
            lambda: self._held(name),
            lambda user: user == self.after,
            explain=lambda user: f"the Secret still names {user or 'nobody'}",
            timeout=60,
            fix=f"./inv lab.kubectl 'describe externalsecret {name} -n shop'",
        )

    def _held(self, name: str) -> str:
        found = self._cluster.get(f"/api/v1/namespaces/shop/secrets/{name}") or {}
        data = found.get("data", {})
        if b64decode(data.get("database_password", "")).decode() != self._password:
            return ""
        return b64decode(data.get("database_user", "")).decode()

    def pods(self) -> None:
        """Pods that read the new value, one after the other."""
        name = f"{self._service}-service"
        self._kubectl.run("rollout", "restart", f"deployment/{name}", "--namespace", "shop")
        self._gitops.workload("shop", "Deployment", name, timeout=180)

    def used(self) -> None:
        """The database sees the new user, and the old one no more."""
        wait(
            self._database,
            self._users,
            lambda users: self.after in users and self.before not in users,
            explain=lambda users: f"asked by {', '.join(sorted(users)) or 'nobody'}",
            delay=1,
            timeout=90,
            fix=f"./inv lab.logs {self._service}",
        )

    def _users(self) -> set[str]:
        return set(self._admin.sql(self._database, _USERS.format(database=self._database)).split())
