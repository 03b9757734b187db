"""A new password for Redis: its default user has two while the services change over, in the server and in its file."""

import httpx

from lab.core.errors import CheckError
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages import kind_valkey
from lab.stages.mounted import Mount
from lab.stages.rotation import Moments, Rotation

_SERVICE = "notification"  # the only one that uses Redis


class RedisRotation(Rotation):
    """One rotation of the password; at each moment a restart of Valkey lets in whoever it let in before."""

    secret = "kubeflow-ops/redis"  # noqa: S105 - its name
    target = ("shop", f"{_SERVICE}-service")
    before = after = "default"

    def __init__(self, paths: Paths, state: LabState) -> None:
        super().__init__(paths, state)
        self._old = self.stored()["password"]
        self._file = Mount(kind_valkey.NAMESPACE, kind_valkey.POD, kind_valkey.CONTAINER, kind_valkey.CONFIGURATION)

    def moments(self) -> Moments:
        return [
            ("second password", self._add),
            ("Secrets Manager", lambda: self.store({"password": self.new})),
            ("External Secrets", lambda: self.synced({"redis_password": self.new})),
            ("pods", lambda: self.restarted(_SERVICE)),
            ("first password", self._remove),
            ("proof", self._used),
        ]

    def refused(self) -> str:
        """Ask a pod whether Redis answers it; whether the pod itself is on its way out does not matter here."""
        try:
            answer = httpx.get(f"{self.state.url(_SERVICE)}/health/ready", timeout=10, trust_env=False)
            seen = answer.json()["checks"]["redis"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            return f"{type(error).__name__}: {error}"
        return "" if seen["ok"] else str(seen["reason"])

    def _add(self) -> None:
        """The new password beside those there are, in the server and then in what it reads when it starts."""
        kind_valkey.tell(self.kubectl, f">{self.new}")
        self._written(self._old, self.new)

    def _remove(self) -> None:
        """The new password alone; every connection that the old one let in is closed, and comes again by the new."""
        kind_valkey.tell(self.kubectl, f"resetpass >{self.new}")
        self._written(self.new)
        kind_valkey.ask(self.kubectl, "CLIENT KILL TYPE normal SKIPME yes")

    def _written(self, *passwords: str) -> None:
        self.kubectl.apply(kind_valkey.valkey_secret(*passwords))
        self._file.until(self.kubectl, kind_valkey.configuration(*passwords))

    def _used(self) -> None:
        """Every pod is connected, and nobody is let in by the old password."""
        fix = f"./inv lab.logs {_SERVICE}"
        wait("connections", self._unconnected, lambda pods: not pods, explain=_missing, delay=1, timeout=60, fix=fix)
        said = kind_valkey.ask(self.kubectl, f"AUTH default {self._old}")
        if not said.startswith("WRONGPASS"):
            raise CheckError("Valkey still takes the old password", why=said, fix="./inv secrets.rotate redis")

    def _unconnected(self) -> set[str]:
        """Return the address of each pod that has no connection to Valkey."""
        pods = self.cluster.items("/api/v1/namespaces/shop/pods", labelSelector=f"app={_SERVICE}-service")
        wanted = {pod["status"].get("podIP", "") for pod in pods if "deletionTimestamp" not in pod["metadata"]}
        listed = kind_valkey.ask(self.kubectl, "CLIENT LIST").splitlines()
        fields = (word.partition("=") for line in listed for word in line.split())
        return wanted - {value.rpartition(":")[0] for name, _, value in fields if name == "addr"}


def _missing(pods: set[str]) -> str:
    return f"none from {', '.join(sorted(pods))}"
