"""Faults for drills. Its middleware and route exist only where FAULTS_ENABLED is true: never in dev or prod."""

import asyncio
import random

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.common.health import PROBES
from services.common.problems import Problem, answer
from services.common.settings import Faults


class FaultMiddleware:
    """Delays and fails requests as told; probes are spared, so that a drill breaks the service and not its eyes."""

    def __init__(self, app: ASGIApp, state: dict[str, Faults]) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults = self._state["now"]
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(faults.latency_ms / 1000)
        if random.random() < faults.error_ratio:  # noqa: S311 - no secret depends on it
            problem = Problem(faults.status, "injected-fault", "a drill made this request fail")
            await answer(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def install(app: FastAPI, first: Faults) -> None:
    """Add the middleware and GET/PUT/DELETE /faults to `app`, which has `first` until it is told otherwise."""
    state = {"now": first}
    routes = APIRouter(tags=["faults"])

    @routes.get("/faults")
    async def show() -> Faults:
        return state["now"]

    @routes.put("/faults")
    async def begin(faults: Faults) -> Faults:
        state["now"] = faults
        return faults

    @routes.delete("/faults")
    async def end() -> Faults:
        state["now"] = Faults()
        return state["now"]

    app.include_router(routes)
    app.add_middleware(FaultMiddleware, state=state)
