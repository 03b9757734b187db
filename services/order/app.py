"""order-service, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.common.app import Service, create
from services.common.background import Worker, running
from services.common.database import open_pool, probing
from services.common.health import Check, Health
from services.common.sqs import Queue
from services.order.reconcile import Cleaner, Reconciler
from services.order.relay import Relay
from services.order.routes import Parts, router
from services.order.settings import OrderSettings
from services.order.users import Users

_SQS_THREADS = 8


def create_app(settings: OrderSettings) -> Service:
    """Build order-service: the API, and beside it the relay, the reconciler and the cleaner."""

    @asynccontextmanager
    async def resources(app: FastAPI, health: Health) -> AsyncIterator[None]:
        users = Users(str(settings.user_service_url), settings.user_timeout_seconds, settings.user_cache_seconds)
        queue = Queue(settings, settings.order_queue, _SQS_THREADS)
        async with await open_pool(settings) as pool, probing(settings) as answers:
            relay = Relay(pool, queue)
            reconciler = Reconciler(pool, queue, str(settings.notification_service_url))
            cleaner = Cleaner(pool, settings.outbox_hours, settings.idempotency_hours)
            publishing = Worker("relay", relay.publish, rest=0.5)
            workers = [
                publishing,
                Worker("reconciler", reconciler.look, rest=2),
                Worker("outbox-age", relay.measure, rest=2),
                Worker("cleaner", cleaner.clean, rest=60),
            ]
            health.checks.append(Check("postgres", answers))
            if settings.relay_enabled:
                health.checks.append(Check("relay", publishing.health, needed=False))
                await queue.warm_up()
            app.state.parts = Parts(pool, users, publishing if settings.relay_enabled else None)
            try:
                async with running(
                    workers if settings.relay_enabled else [], partial(health.drain_left, settings.drain_seconds)
                ):
                    yield
            finally:
                await users.close()
                await reconciler.close()
                queue.close()

    return create("order", settings, [router], resources)
