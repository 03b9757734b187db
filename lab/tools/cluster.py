"""The Kubernetes API of the lab's cluster, as plain JSON."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.core.errors import LabError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_NOT_FOUND = 404


class Cluster:
    """Reads and patches objects by their path, such as /api/v1/namespaces/shop/pods.

    Every call raises LabError when the API does not answer, or refuses.
    """

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    def get(self, path: str, **query: str) -> dict[str, Any] | None:
        """Return an object, None when there is none."""
        found: dict[str, Any] | None = self._call("GET", path, query=query)
        return found

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the items of a list; none when the kind itself is not known yet."""
        return list((self.get(path, **query) or {}).get("items", []))

    def patch(self, path: str, body: dict[str, Any]) -> None:
        """Merge `body` into an object; nothing happens when it is not there."""
        self._call("PATCH", path, body=body, content_type="application/merge-patch+json")

    def put(self, path: str, body: dict[str, Any]) -> None:
        """Put an object in place of what is at `path`, or ask a pod's own API through /proxy."""
        self._call("PUT", path, body=body)

    def delete(self, path: str) -> None:
        """Delete an object, with what it owns; it need not be there."""
        self._call("DELETE", path)

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, lines: int = 15) -> str:
        """Return the last lines of a container, "" when it has none."""
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        query = {"container": container, "previous": str(previous).lower(), "tailLines": str(lines)}
        try:
            return str(self._call("GET", path, query=query, response_type="str") or "")
        except LabError:
            return ""  # a container that never started: its state tells why

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        content_type: str = "application/json",
        response_type: str = "object",
    ) -> Any:
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415 - takes half a second that --list need not spend
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - comes with it

        try:
            return self._client.call_api(
                path,
                method,
                query_params=list((query or {}).items()),
                header_params={"Content-Type": content_type, "Accept": "application/json"},
                body=body,
                response_type=response_type,
                auth_settings=["BearerToken"],
                _return_http_data_only=True,
                _request_timeout=10,
            )
        except ApiException as error:
            if error.status == _NOT_FOUND:
                return None
            message = re.search(r'"message":"((?:[^"\\]|\\.)*)"', error.body or "")
            raise LabError(
                f"{method} {path}: {error.status} {error.reason}", why=message[1] if message else ""
            ) from error
        except HTTPError as error:
            fix = "./inv lab.doctor; ./inv lab.up mends it"
            raise LabError(
                "the cluster's API does not answer", why=f"{type(error).__name__}: {error}", fix=fix
            ) from error

    @cached_property
    def _client(self) -> ApiClient:
        from kubernetes.client import Configuration  # noqa: PLC0415 - as above
        from kubernetes.config import ConfigException, new_client_from_config  # noqa: PLC0415

        settings = Configuration()
        settings.retries = False
        settings.proxy = None  # the API is on 127.0.0.1
        try:
            client: ApiClient = new_client_from_config(str(self._kubeconfig), client_configuration=settings)
        except (ConfigException, OSError) as error:
            raise LabError(f"{self._kubeconfig} can't be used", why=str(error), fix="./inv lab.up") from error
        return client
