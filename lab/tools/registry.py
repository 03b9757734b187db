"""The lab's registry, over its HTTP API."""

import httpx

from lab.tools.answers import expected, silent

_OCI, _DOCKER = "application/vnd.oci.image", "application/vnd.docker.distribution"
_MANIFESTS = (
    f"{_OCI}.index.v1+json, {_DOCKER}.manifest.list.v2+json, {_OCI}.manifest.v1+json, {_DOCKER}.manifest.v2+json"
)


class Registry:
    """A registry at 127.0.0.1:`port`."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"

    def answers(self) -> str:
        """Return "" when it answers, else why it does not."""
        return silent(f"http://{self.address}/v2/", timeout=3)

    def digest(self, path: str, reference: str) -> str | None:
        """Return the digest of `path`:`reference` as the registry has it, None when it has not.

        Raises AnswerError when it does not answer.
        """
        url = f"http://{self.address}/v2/{path}/manifests/{reference}"
        with expected(f"the lab's registry at {self.address}", "./inv lab.up mends it"):
            answer = httpx.head(url, headers={"Accept": _MANIFESTS}, timeout=10, trust_env=False)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            answer.raise_for_status()
        return str(answer.headers["docker-content-digest"])
