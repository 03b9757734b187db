"""The access keys of the secret store are revoked: secrets can't be read any more, and those that were read stay.

Services go on with the Secrets they have. A rotation would not arrive, so somebody has to be told.
"""

import time
from collections.abc import Sequence
from functools import partial

from lab.core.wait import wait
from lab.drills.base import Drill, Page, Sign
from lab.drills.field import SHOP
from lab.tools.localstack import CREDENTIALS

_SECRET = "/api/v1/namespaces/external-secrets/secrets/localstack"  # noqa: S105 - a path
_OTHERS = ("user-service", "notification-service")
_API = "/apis/external-secrets.io/v1"
_STORE = f"{_API}/clustersecretstores/aws"


class CredentialsRevoked(Drill):
    """The secret key is taken out of the Secret that the store reads; LocalStack itself would take any."""

    name = "credentials-revoked"
    title = "The secret store's access key is revoked"
    pages = (Page("ExternalSecretNotReady", {"name": "order-service"}, within=240, clears=240),)
    takes = 90
    recovers = 180
    hints = (
        "Users notice nothing yet.",
        "A new password would not arrive.",
        "kubectl describe externalsecret -n shop",
    )

    def fault(self) -> None:
        """Take the key out, and have it noticed now."""
        self.field.cluster.patch(_SECRET, {"data": {"secret-access-key": None}})
        self._look(_STORE)
        self._read()

    def effect(self) -> str:
        """Tell what External Secrets says of order-service's."""
        words = self._unread("order-service")
        return f"order-service: {words}" if words else ""

    def signs(self) -> Sequence[Sign]:
        """Every service's secret is concerned."""
        return [Sign(f"{name} can't be read", partial(self._unread, name)) for name in _OTHERS]

    def _unread(self, name: str) -> str:
        ready = self._ready(f"{_API}/namespaces/{SHOP}/externalsecrets/{name}")
        return str(ready.get("message") or ready.get("reason")) if ready.get("status") == "False" else ""

    def rollback(self) -> None:
        """Put the key back, and have it noticed now: what failed is tried again ever more seldom.

        The store comes first: of one that is not ready nothing is read.
        """
        key = {"secret-access-key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
        self.field.cluster.patch(_SECRET, {"stringData": key})
        self._look(_STORE)
        wait(
            "secret store",
            lambda: self._ready(_STORE),
            lambda ready: ready.get("status") == "True",
            explain=lambda ready: ready.get("message", "it has not looked yet"),
            delay=0.5,
            timeout=180,
        )
        self._read()

    def _read(self) -> None:
        """Have every secret read now."""
        for item in self.field.cluster.items(f"{_API}/externalsecrets"):
            meta = item["metadata"]
            self._look(f"{_API}/namespaces/{meta['namespace']}/externalsecrets/{meta['name']}")

    def _look(self, path: str) -> None:
        self.field.cluster.patch(path, {"metadata": {"annotations": {"force-sync": str(time.time_ns())}}})

    def _ready(self, path: str) -> dict[str, str]:
        return self.field.condition(path, "Ready")
