"""Asks user-service whether a user may order: one deadline over all tries, and a short memory of who may."""

import asyncio
import random
import time
from uuid import UUID

import httpx
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from services.common.problems import Problem, away
from services.common.telemetry import traceparent, tracer

CHECKS = Counter("user_checks", "Checks of an order's user by outcome", ["outcome"])
_TRIES = 3
_REMEMBERED = 20_000  # users; beyond it the memory is emptied, which costs a question each


class Users:
    """Checks users over REST. Reading a user is safe to retry; nothing else is asked."""

    def __init__(self, base_url: str, timeout: float, cache_seconds: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=timeout, limits=httpx.Limits(max_connections=50), trust_env=False
        )
        self._timeout, self._cache_seconds = timeout, cache_seconds
        self._known_until: dict[UUID, float] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def require(self, user_id: UUID) -> None:
        """Return when the user exists. Raises Problem: 422 for an unknown user, 503 when user-service can't say."""
        if self._known_until.get(user_id, 0) > time.monotonic():
            CHECKS.labels("remembered").inc()
            return
        with tracer.start_as_current_span("check user", kind=SpanKind.CLIENT):
            try:
                async with asyncio.timeout(self._timeout):
                    exists = await self._ask(user_id)
            except TimeoutError:
                CHECKS.labels("timeout").inc()
                raise away("user-service") from None
        if not exists:
            CHECKS.labels("unknown").inc()
            reason = {"field": "user_id", "reason": "no such user"}
            raise Problem(422, "user-unknown", f"no user has the id {user_id}", errors=[reason])
        CHECKS.labels("known").inc()
        if self._cache_seconds:
            if len(self._known_until) >= _REMEMBERED:
                self._known_until.clear()
            self._known_until[user_id] = time.monotonic() + self._cache_seconds

    async def _ask(self, user_id: UUID) -> bool:
        headers = {"traceparent": parent} if (parent := traceparent()) else {}
        for left in reversed(range(_TRIES)):
            try:
                answer = await self._client.get(f"/users/{user_id}", headers=headers)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code in (200, 404):
                return answer.status_code == 200  # noqa: PLR2004 - HTTP's own numbers
            if left:
                await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311 - jitter
        CHECKS.labels("unavailable").inc()
        raise away("user-service")
