"""Probes: alive, started, ready with reasons. Never traced, logged, counted or broken by a drill's fault."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson
from fastapi import APIRouter, Response

PROBES = frozenset({"/health", "/health/live", "/health/ready", "/health/startup", "/metrics", "/faults"})
_PROBE_SECONDS = 1.5


@dataclass(frozen=True)
class Check:
    """A dependency: `look` returns "" when it is well, else the reason. Not `needed`: its loss degrades, no more."""

    name: str
    look: Callable[[], Awaitable[str]]
    needed: bool = True


@dataclass
class Health:
    """What the probes of one service know."""

    service: str
    version: str
    checks: list[Check] = field(default_factory=list)
    started: bool = False
    draining: bool = False
    drained_by: float | None = None  # monotonic seconds

    def drain_left(self, seconds: float) -> float:
        """Return what is left of a drain of `seconds`, which requests and then workers share; at least 1 s."""
        return seconds if self.drained_by is None else max(1.0, self.drained_by - time.monotonic())

    async def look(self) -> tuple[bool, dict[str, dict[str, object]]]:
        """Return whether the service is ready, and each check's result."""
        reasons = await asyncio.gather(*(_reason(check) for check in self.checks))
        seen: dict[str, dict[str, object]] = {
            check.name: {"ok": not reason, "needed": check.needed, "reason": reason}
            for check, reason in zip(self.checks, reasons, strict=True)
        }
        if self.draining:
            seen["draining"] = {"ok": False, "needed": True, "reason": "the service is shutting down"}
        return all(bool(item["ok"]) or not item["needed"] for item in seen.values()), seen


async def _reason(check: Check) -> str:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            return await check.look()
    except TimeoutError:
        return f"no answer within {_PROBE_SECONDS} s"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a dependency is the probe's answer
        return f"{type(error).__name__}: {error}"


def router(health: Health) -> APIRouter:
    """Return the routes of the probes."""
    routes = APIRouter(tags=["health"])

    def _answer(ok: bool, body: dict[str, object]) -> Response:
        return Response(orjson.dumps(body), 200 if ok else 503, media_type="application/json")

    @routes.get("/health")
    async def overall() -> Response:
        return _answer(True, {"status": "ok", "service": health.service, "version": health.version})

    @routes.get("/health/live")
    async def live() -> Response:
        return _answer(True, {"status": "alive"})

    @routes.get("/health/startup")
    async def startup() -> Response:
        return _answer(health.started, {"status": "started" if health.started else "starting"})

    @routes.get("/health/ready")
    async def ready() -> Response:
        ok, checks = await health.look()
        well = ok and all(bool(item["ok"]) for item in checks.values())
        return _answer(ok, {"status": "ready" if well else "degraded" if ok else "not ready", "checks": checks})

    return routes
