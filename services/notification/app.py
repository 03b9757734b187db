"""notification-service, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.common.app import Service, create
from services.common.background import Worker, running
from services.common.database import open_pool, probing
from services.common.health import Check, Health
from services.common.sqs import Queue
from services.notification.consumer import Consumer
from services.notification.depths import Depths
from services.notification.leases import Leases
from services.notification.routes import router
from services.notification.settings import NotificationSettings
from services.notification.turns import Turns


def create_app(settings: NotificationSettings) -> Service:
    """Build notification-service: the API, and beside it the consumers and the depth sampler."""
    password = settings.redis_password
    redis = Redis(
        host=settings.redis_host,
        port=settings.redis_port,
        password=password.get_secret_value() if password else None,
        ssl=settings.redis_tls,
        socket_timeout=2,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 1),  # once: a connection that a restart closed is replaced
    )

    async def redis_answers() -> str:
        await redis.ping()
        return ""

    @asynccontextmanager
    async def resources(app: FastAPI, health: Health) -> AsyncIterator[None]:
        queue = Queue(settings, settings.order_queue, settings.consumers * 2 + 1)
        dlq = Queue(settings, settings.order_dlq, 1)
        async with await open_pool(settings) as pool, probing(settings) as answers:
            leases = Leases(redis, settings.lease_seconds)
            turns = Turns()
            consumers = [
                Consumer(pool, queue, leases, settings.visibility_seconds, turns) for _ in range(settings.consumers)
            ]
            workers = [Worker(f"consumer-{n}", consumer.step, rest=0) for n, consumer in enumerate(consumers)]
            depths = Worker("queue-depths", Depths(queue, dlq).look, rest=5)
            app.state.pool = pool
            health.checks += [
                Check("postgres", answers),
                Check("redis", redis_answers, needed=False),
            ]
            if settings.consumer_enabled:
                health.checks.append(Check("consumer", workers[0].health, needed=False))
                await queue.warm_up()
            try:
                async with running(
                    [*workers, depths] if settings.consumer_enabled else [],
                    partial(health.drain_left, settings.drain_seconds),
                ):
                    yield
            finally:
                for consumer in consumers:
                    consumer.close()
                queue.close()
                dlq.close()
                await redis.aclose()

    return create("notification", settings, [router], resources)
