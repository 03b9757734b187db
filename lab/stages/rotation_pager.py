"""A new token of the pager: it takes two while Alertmanager changes over. Both read theirs anew by themselves."""

import httpx

from lab.core.paths import Paths
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages.mounted import Mount, nudge
from lab.stages.rotation import Moments, Rotation

_NAMESPACE = "monitoring"
_FILE = "/etc/alertmanager/secrets/pager/token"


class PagerRotation(Rotation):
    """One rotation of the token; `accepted` of the secret is what the pager takes, one a line."""

    secret = "kubeflow-ops/pager"  # noqa: S105 - its name
    target = (_NAMESPACE, "pager")
    before = after = "Alertmanager"

    def __init__(self, paths: Paths, state: LabState) -> None:
        super().__init__(paths, state)
        self._old = self._sent = self.stored()["token"]

    def moments(self) -> Moments:
        both = f"{self._old}\n{self.new}"
        return [
            ("second token", lambda: self._accepted(both, self.new, httpx.codes.NO_CONTENT)),
            ("Secrets Manager", lambda: self.store({"token": self.new})),
            ("External Secrets", lambda: self.synced({"token": self.new})),
            ("Alertmanager", self._read),
            ("first token", lambda: self._accepted(self.new, self._old, httpx.codes.UNAUTHORIZED)),
        ]

    def refused(self) -> str:
        """Ask the pager whether it takes the token that Alertmanager has."""
        try:
            code = self._code(self._sent)
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return "" if code == httpx.codes.NO_CONTENT else f"the pager answers {code}"

    def _accepted(self, tokens: str, tried: str, wanted: int) -> None:
        """What the pager takes, through Secrets Manager; ends when it answers a token as it shall."""
        self.store({"accepted": tokens})
        self.synced({"accepted": tokens})
        pod = self._pod("app=pager")

        def code() -> int:
            if (found := self._code(tried)) != wanted:
                nudge(self.kubectl, _NAMESPACE, pod)
            return found

        explain = lambda found: f"it answers {found} and not {wanted}: it has the old file"  # noqa: E731 - for the wait
        fix = f"./inv lab.kubectl 'describe pod {pod} -n {_NAMESPACE}'"
        wait("pager", code, lambda found: found == wanted, explain=explain, delay=2, timeout=180, fix=fix)

    def _read(self) -> None:
        """Alertmanager's file has the new token; it is read for each notification."""
        pod = self._pod("app.kubernetes.io/name=alertmanager")
        Mount(_NAMESPACE, pod, "alertmanager", _FILE).until(self.kubectl, self.new)
        self._sent = self.new

    def _pod(self, labels: str) -> str:
        (pod, *_) = self.cluster.items(f"/api/v1/namespaces/{_NAMESPACE}/pods", labelSelector=labels)
        name: str = pod["metadata"]["name"]
        return name

    def _code(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{self.state.pager}/webhook"
        return httpx.get(url, headers=headers, timeout=10, trust_env=False).status_code
