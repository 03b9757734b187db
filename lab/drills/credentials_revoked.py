"""The access keys of the secret store are revoked: secrets can't be read any more, and those that were read stay.

Services go on with the Secrets they have. A rotation would not arrive, so somebody has to be told.
"""

import time
from collections.abc import Sequence
from functools import partial

from lab.drills.base import Drill, Page, Sign
from lab.drills.field import SHOP
from lab.tools.localstack import CREDENTIALS

_SECRET = "/api/v1/namespaces/external-secrets/secrets/localstack"  # noqa: S105 - a path
_OTHERS = ("user-service", "notification-service")
_EXTERNAL = f"/apis/external-secrets.io/v1/namespaces/{SHOP}/externalsecrets"


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
        """Take the key out, and have the store asked now."""
        self.field.cluster.patch(_SECRET, {"data": {"secret-access-key": None}})
        self._ask()

    def effect(self) -> str:
        """Tell what External Secrets says of order-service's."""
        ready = self._ready("order-service")
        return f"order-service: {ready.get('message', '')}" if ready.get("status") == "False" else ""

    def signs(self) -> Sequence[Sign]:
        """Every service's secret is concerned."""
        return [Sign(f"{name} can't be read", partial(self._unread, name)) for name in _OTHERS]

    def _unread(self, name: str) -> str:
        ready = self._ready(name)
        return str(ready.get("message") or ready.get("reason")) if ready.get("status") == "False" else ""

    def rollback(self) -> None:
        """Put the key back; have the store asked where a secret could not be read."""
        key = {"secret-access-key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
        self.field.cluster.patch(_SECRET, {"stringData": key})
        self._ask()

    def _ask(self) -> None:
        now = {"metadata": {"annotations": {"force-sync": str(time.time_ns())}}}
        for item in self.field.cluster.items(_EXTERNAL):
            self.field.cluster.patch(f"{_EXTERNAL}/{item['metadata']['name']}", now)

    def _ready(self, name: str) -> dict[str, str]:
        found = self.field.cluster.get(f"{_EXTERNAL}/{name}") or {}
        conditions = found.get("status", {}).get("conditions", [])
        return next((c for c in conditions if c["type"] == "Ready"), {})
