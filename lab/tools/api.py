"""The services' HTTP APIs, as a client sees them."""

import weakref
from collections.abc import Iterator
from typing import Any, Self
from uuid import uuid4

import httpx

from lab.core.state import LabState
from lab.tools.answers import expected


class Api:
    """A client of one service, called `name` in the AnswerError that it raises for what is no good answer."""

    def __init__(self, url: str, timeout: float = 10, name: str = "") -> None:
        self._name = f"{name}-service" if name else url
        self._fix = f"./inv lab.logs {name}".rstrip()
        self._client = httpx.Client(base_url=url, timeout=timeout, trust_env=False)
        weakref.finalize(self, self._client.close)

    @classmethod
    def of(cls, state: LabState, service: str) -> Self:
        """Return the client of a running lab's `service`."""
        return cls(state.url(service), name=service)

    def ready(self) -> tuple[bool, str]:
        """Return whether the service is ready, and the reasons of what is not well."""
        try:
            answer = self._client.get("/health/ready", timeout=3)
            checks = answer.json()["checks"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            return False, f"{type(error).__name__}: {error}"
        wrong = [f"{name}: {check['reason']}" for name, check in checks.items() if not check["ok"]]
        return answer.status_code == httpx.codes.OK, "; ".join(wrong)

    def create_user(self) -> str:
        """Create a user with a name of its own; return its id."""
        body = {"name": "Smoke Test", "email": f"smoke-{uuid4().hex}@example.org"}
        return str(self._json("POST", "/users", json=body)["id"])

    def create_order(self, user_id: str) -> str:
        """Place a small order; return its id."""
        items = [{"sku": "smoke", "quantity": 1, "unit_price": "1.00"}]
        headers = {"Idempotency-Key": uuid4().hex}
        return str(self._json("POST", "/orders", json={"user_id": user_id, "items": items}, headers=headers)["id"])

    def notifications_of(self, order_id: str) -> list[dict[str, Any]]:
        """Return what was sent for an order."""
        items: list[dict[str, Any]] = self._json("GET", "/notifications", params={"order_id": order_id})["items"]
        return items

    def ledger(self, path: str) -> Iterator[dict[str, Any]]:
        """Go through every item of a ledger endpoint."""
        cursor: str | None = None
        while True:
            page = self._json("GET", path, params={"limit": "1000", **({"cursor": cursor} if cursor else {})})
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _json(self, method: str, path: str, **what: Any) -> Any:
        with expected(self._name, self._fix):
            return self._client.request(method, path, **what).raise_for_status().json()
