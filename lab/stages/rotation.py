"""A new value of a secret all the way, while the old one is good too: nobody who holds either is refused.

What is to accept the value accepts both, then Secrets Manager tells of the new one, then External Secrets, then whoever
reads it, and at the end the old one is good no more. An interrupted rotation is ended by another one.
"""

import json
import secrets
import time
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence

from lab.core.paths import Paths
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages import kind_waits, rotated
from lab.tools.answers import expected
from lab.tools.cluster import Cluster
from lab.tools.kubectl import Kubectl
from lab.tools.localstack import session

type Moments = Sequence[tuple[str, Callable[[], None]]]  # what is done, in this order
_FIRST = "FIRST"  # the label of the version that Terraform made
_EXTERNAL = "/apis/external-secrets.io/v1/namespaces/{}/externalsecrets/{}"


class Rotation(ABC):
    """One rotation of `secret`, which External Secrets brings to `target` (namespace and name).

    `before` and `after` are who signs in with it: the same where nothing but the password changes.
    """

    secret: str
    target: tuple[str, str]
    before: str
    after: str

    def __init__(self, paths: Paths, state: LabState) -> None:
        self.paths, self.state = paths, state
        self.cluster, self.kubectl = Cluster(paths.kubeconfig), Kubectl(paths.kubeconfig)
        self.manager = session().client("secretsmanager", endpoint_url=state.aws)
        self.new = secrets.token_hex(16)

    @abstractmethod
    def moments(self) -> Moments:
        """Return what is to be done."""

    @abstractmethod
    def refused(self) -> str:
        """Ask once what users would notice; return what was wrong with the answer, "" when it was well."""

    def stored(self) -> dict[str, str]:
        """Return what Secrets Manager holds."""
        with expected("LocalStack", "./inv lab.logs localstack"):
            answer = self.manager.get_secret_value(SecretId=self.secret)
        value: dict[str, str] = json.loads(answer["SecretString"])
        return value

    def store(self, changes: Mapping[str, str]) -> None:
        """Change what Secrets Manager holds; the lab keeps it too, for a LocalStack that forgets.

        The version that Terraform made gets a label of its own: without any, Secrets Manager lets it go after the
        second rotation, and Terraform would make it again.
        """
        value = self.stored() | dict(changes)
        rotated.keep(self.paths, self.secret, value)
        with expected("LocalStack", "./inv lab.logs localstack"):
            self.manager.put_secret_value(SecretId=self.secret, SecretString=json.dumps(value))
            stages = self.manager.describe_secret(SecretId=self.secret)["VersionIdsToStages"]
            if not any(_FIRST in names for names in stages.values()):
                first = next(version for version, names in stages.items() if "AWSPREVIOUS" in names)
                self.manager.update_secret_version_stage(
                    SecretId=self.secret, VersionStage=_FIRST, MoveToVersionId=first
                )

    def synced(self, wanted: Mapping[str, str]) -> None:
        """Wait for the Secret in the cluster; External Secrets is asked to look now and not at its next interval."""
        namespace, name = self.target
        now = {"metadata": {"annotations": {"force-sync": str(time.time_ns())}}}
        self.cluster.patch(_EXTERNAL.format(namespace, name), now)

        def missing() -> str:
            found = self.cluster.get(f"/api/v1/namespaces/{namespace}/secrets/{name}") or {}
            data = found.get("data", {})
            old = [key for key, value in wanted.items() if b64decode(data.get(key, "")).decode() != value]
            return f"the Secret has an old {', '.join(old)}" if old else ""

        fix = f"./inv lab.kubectl 'describe externalsecret {name} -n {namespace}'"
        wait(name, missing, lambda words: not words, timeout=60, fix=fix)

    def restarted(self, service: str) -> None:
        """Pods that read the new value, one after the other."""
        name = f"{service}-service"
        self.kubectl.run("rollout", "restart", f"deployment/{name}", "--namespace", "shop")
        kind_waits.workload(self.cluster, "shop", "Deployment", name, timeout=180)
