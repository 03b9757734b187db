"""user-service, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.common.app import Service, create
from services.common.database import open_pool, probing
from services.common.health import Check, Health
from services.common.settings import Settings
from services.user.routes import router


def create_app(settings: Settings) -> Service:
    """Build user-service."""

    @asynccontextmanager
    async def resources(app: FastAPI, health: Health) -> AsyncIterator[None]:
        async with await open_pool(settings) as pool, probing(settings) as answers:
            app.state.pool = pool
            health.checks.append(Check("postgres", answers))
            yield

    return create("user", settings, [router], resources)
