"""user-service, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.common.app import Service, create
from services.common.database import open_pool, reachable
from services.common.health import Check, Health
from services.common.settings import Settings
from services.user.routes import router


def create_app(settings: Settings) -> Service:
    """Build user-service."""

    @asynccontextmanager
    async def resources(app: FastAPI, health: Health) -> AsyncIterator[None]:
        async with await open_pool(settings) as pool:
            app.state.pool = pool
            health.checks.append(Check("postgres", partial(reachable, pool)))
            yield

    return create("user", settings, [router], resources)
