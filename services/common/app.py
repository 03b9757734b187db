"""A service's frame: routes, probes, telemetry; what opens at start and drains at the end."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Message, Send

from services.common import faults, health, logs, metrics, problems, telemetry
from services.common.limits import BodyLimit
from services.common.observe import Observe
from services.common.settings import Faults, Settings

VERSION: Final = "0.1.0"
log = logging.getLogger(__name__)


class Service:
    """What `serve` runs: the wrapped ASGI app, and the health that SIGTERM turns to draining."""

    def __init__(self, app: FastAPI, service: str, state: health.Health) -> None:
        self.app, self.health = app, state
        self._wrapped: ASGIApp = Observe(app, service)

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - ASGI's own types
        await self._wrapped(scope, receive, _closing(send) if self.health.draining else send)


def _closing(send: Send) -> Send:
    """Tell clients with each answer to come back on another connection: this one ends with the process.

    A client that sends on a connection that has just ended gets no answer, and can't know whether it was heard.
    """

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
        await send(message)

    return told


def create(
    name: str,
    settings: Settings,
    routers: list[APIRouter],
    resources: Callable[[FastAPI, health.Health], AbstractAsyncContextManager[None]],
) -> Service:
    """Build the service `name`. `resources` opens what it needs, registers health checks, and drains it at the end."""
    logs.configure(name, settings.log_level)
    state = health.Health(name, VERSION)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        provider = telemetry.configure(name, VERSION, settings)
        try:
            async with resources(app, state):
                state.started = True
                log.info("started", extra={"port": settings.port})
                yield
                log.info("draining")
        finally:
            await telemetry.shut_down(provider)
            log.info("stopped")

    # Observe makes one span a request; FastAPI's own telemetry would make four more.
    silent: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
    app = FastAPI(title=name, version=VERSION, lifespan=lifespan, telemetry=silent)
    app.add_middleware(BodyLimit)
    problems.install(app)
    for router in (*routers, health.router(state), metrics.router):
        app.include_router(router)
    if settings.faults_enabled:
        faults.install(app, settings.faults or Faults())
    return Service(app, name, state)
